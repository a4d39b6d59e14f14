import { describe, expect, it } from 'vitest';
import { observe } from '../coverage/observe';
import { cases } from './all';
import { messageCases } from './messages';

describe.each(Object.entries({ ...cases, messages: messageCases }))('sites of %s', (_part, list) => {
  it.each(list)('$name', ({ reaches, run }) => {
    const { sites } = observe(run);
    expect([...sites]).toEqual(expect.arrayContaining([...reaches]));
  });
});
