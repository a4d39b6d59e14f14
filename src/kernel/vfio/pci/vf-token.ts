import { entity, type Journal } from '../../../history';
import { EACCES, EINVAL } from '../../errno';
import { UUID_STRING_LEN } from '../../uapi';
import type { VfioPciDevice } from './device';
import { physfnDevice } from './sriov';

const tokenArgument = 'vf_token=';

/** The secret between the users of a PF and of its VFs (`struct vfio_pci_vf_token`). */
export class VfToken extends entity({
  /** 32 hexadecimal digits, lower case. */
  uuid: '',
  /** VFs that are open. */
  users: 0,
}) {
  constructor(journal: Journal, uuid: string) {
    super(journal);
    this.uuid = uuid;
  }
}

/** What stands behind the device's name in the argument of VFIO_GROUP_GET_DEVICE_FD. */
type Options = { readonly token: string | null } | 'other device' | number;

/** `vfio_pci_match`: 1 when `name` means this device and its token is right, 0 for another device, else an error. */
export function vfio_pci_match(vdev: VfioPciDevice, name: string): number {
  const { story } = vdev.kernel;
  // Before, the core compared names.
  if (!vdev.kernel.has('48219795e7db')) return name === vdev.pdev.name ? 1 : 0;
  story.enter('vfio_pci_match', () => ({ device: vdev.pdev.name, buf: name }));
  const options = parseOptions(vdev, name);
  if (options === 'other device') return story.leave('vfio_pci_match', 0);
  if (typeof options === 'number') return story.leave('vfio_pci_match', options);
  const answer = validateToken(vdev, options.token);
  if (answer === 0) return story.leave('vfio_pci_match', 1);
  return story.leave(
    'vfio_pci_match',
    story.refuse('vfio_pci_match/4', -answer, () => 'the VF token does not fit'),
  );
}

/** Names are compared first; behind a blank may stand one token, and blanks, and nothing else. */
function parseOptions(vdev: VfioPciDevice, name: string): Options {
  const { story } = vdev.kernel;
  const own = vdev.pdev.name;
  if (!name.startsWith(own)) return 'other device';
  if (name.length > own.length && name[own.length] !== ' ') return 'other device';
  let token: string | null = null;
  for (let at = own.length; at < name.length;) {
    if (name[at] === ' ') {
      at++;
      continue;
    }
    if (token !== null || !name.startsWith(tokenArgument, at)) {
      return story.refuse('vfio_pci_match/3', EINVAL, () => `"${name.slice(at)}" is no option, or a second token`);
    }
    at += tokenArgument.length;
    if (name.length - at < UUID_STRING_LEN) {
      return story.refuse('vfio_pci_match/1', EINVAL, () => `a token has ${UUID_STRING_LEN} characters`);
    }
    const text = name.slice(at, at + UUID_STRING_LEN);
    const uuid = parseUuid(text);
    if (uuid === undefined) return story.refuse('vfio_pci_match/2', EINVAL, () => `${text} is no UUID`);
    token = uuid;
    at += UUID_STRING_LEN;
  }
  return { token };
}

/** `uuid_parse`: the digits without dashes, lower case; undefined for what is no UUID. */
function parseUuid(text: string): string | undefined {
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
  return form.test(text) ? text.replaceAll('-', '').toLowerCase() : undefined;
}

/** `vfio_pci_validate_vf_token`: whether who gave this token (null: none) may open the device. */
function validateToken(vdev: VfioPciDevice, given: string | null): number {
  const { story } = vdev.kernel;
  story.enter('vfio_pci_validate_vf_token', () => ({ device: vdev.pdev.name, vf_token: given !== null }));
  const answer = vdev.pdev.isVirtfn
    ? validateVirtual(vdev, given)
    : vdev.vfToken === null
      ? validatePlain(vdev, given)
      : validatePhysical(vdev, vdev.vfToken, given);
  return story.leave('vfio_pci_validate_vf_token', answer);
}

const required = 'VF token required to access device';
const incorrect = 'Incorrect VF token provided for device';

function validateVirtual(vdev: VfioPciDevice, given: string | null): number {
  const { story } = vdev.kernel;
  const pf = physfnDevice(vdev);
  if (pf === undefined) {
    if (given === null) {
      story.note(() => 'the PF is not bound to vfio-pci: no token is needed');
      return 0;
    }
    vdev.infoLimited('vfio_pci_validate_vf_token/1', 'VF token incorrectly provided, PF not bound to vfio-pci');
    return story.refuse('vfio_pci_validate_vf_token/1', EINVAL, () => 'there is nobody to share a token with');
  }
  if (given === null) {
    vdev.infoLimited('vfio_pci_validate_vf_token/2', required);
    return story.refuse(
      'vfio_pci_validate_vf_token/2',
      EACCES,
      () => `${pf.pdev.name} is bound to vfio-pci and has a token`,
    );
  }
  if (given !== pf.vfToken?.uuid) {
    vdev.infoLimited('vfio_pci_validate_vf_token/3', incorrect);
    return story.refuse('vfio_pci_validate_vf_token/3', EACCES, () => `the token of ${pf.pdev.name} is another one`);
  }
  return 0;
}

function validatePhysical(vdev: VfioPciDevice, token: VfToken, given: string | null): number {
  const { story } = vdev.kernel;
  if (token.users === 0) {
    if (given !== null) {
      story.note(() => 'no VF is open: this becomes the token');
      token.uuid = given;
    }
    return 0;
  }
  if (given === null) {
    vdev.infoLimited('vfio_pci_validate_vf_token/4', required);
    return story.refuse('vfio_pci_validate_vf_token/4', EACCES, () => `${token.users} VFs are open`);
  }
  if (given !== token.uuid) {
    vdev.infoLimited('vfio_pci_validate_vf_token/5', incorrect);
    return story.refuse('vfio_pci_validate_vf_token/5', EACCES, () => `${token.users} VFs are open with another token`);
  }
  return 0;
}

function validatePlain(vdev: VfioPciDevice, given: string | null): number {
  if (given === null) return 0;
  vdev.infoLimited('vfio_pci_validate_vf_token/6', 'VF token incorrectly provided, not a PF or VF');
  return vdev.kernel.story.refuse('vfio_pci_validate_vf_token/6', EINVAL, () => 'the device has no VFs and is none');
}

/** `vfio_pci_vf_token_user_add`: a VF was opened (1) or closed (-1) for the first or last time. */
export function vfio_pci_vf_token_user_add(vdev: VfioPciDevice, change: 1 | -1): void {
  const token = physfnDevice(vdev)?.vfToken ?? null;
  if (token !== null) token.users += change;
}

/** `uuid_gen`: a token that nobody knows; simulated ones follow from the device and the time, so that runs repeat. */
export function generateToken(name: string, now: number): string {
  let state = 0x9e3779b9 ^ now;
  let digits = '';
  for (let index = 0; index < 32; index++) {
    state = Math.imul(state ^ name.charCodeAt(index % name.length), 0x01000193) >>> 0;
    state = (state ^ (state >>> 13)) >>> 0;
    digits += (state & 0xf).toString(16);
  }
  return digits;
}
