export { JournaledBlock, JournaledBytes } from './bytes';
export { JournaledList, JournaledMap, JournaledSet } from './collections';
export { Entity, entity } from './entity';
export { Journal, type Change, type JournalOptions, type JournalOwner } from './journal';
export { Marks } from './marks';
export { JournaledNumbers, JournaledSlots } from './table';
