import type { PicturePlace } from './snapshot';

/** `data-*` of what a click leads to: a line of a scenario. */
export function placeData(place: PicturePlace | undefined): Record<string, string | number | undefined> {
  return place === undefined ? {} : { uri: place.uri, line: place.line, column: place.column ?? 0 };
}
