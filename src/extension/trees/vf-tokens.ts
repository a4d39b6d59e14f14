import type { PfItem, VfItem, VfTokensAnswer } from '../../adapter';
import { counted, dotted, error, good, listed, type TreeNode } from './node';

/** The rows of the view VF Tokens. */
export function tokenNodes({ pfs }: VfTokensAnswer): TreeNode[] {
  return pfs.map(pfNode);
}

function pfNode(pf: PfItem): TreeNode {
  const users = counted(pf.users, 'user');
  const holders = pf.openBy.length === 0 ? undefined : `open in ${listed(pf.openBy)}`;
  return {
    id: `pf/${pf.bdf}`,
    label: pf.bdf,
    description: dotted('PF', users, holders),
    tooltip: [
      `Physical function ${pf.bdf}`,
      `Token: ${pf.token}`,
      `Virtual functions in use: ${pf.users}`,
      holders === undefined ? 'No process has the physical function open.' : `It is ${holders}.`,
    ],
    spoken: dotted(`physical function ${pf.bdf}`, users, holders),
    icon: 'chip',
    changed: pf.changed === true,
    context: 'device-pf-token',
    expanded: true,
    copies: { device: pf.bdf, token: pf.token },
    children: () => [tokenNode(pf), ...pf.vfs.map((vf) => vfNode(pf, vf))],
  };
}

function tokenNode(pf: PfItem): TreeNode {
  return {
    id: `pf/${pf.bdf}/token`,
    label: pf.token,
    description: 'token',
    tooltip: ['Who opens a virtual function must give this token while another process holds the physical function.'],
    spoken: `token ${pf.token}`,
    icon: 'key',
    context: 'pf-token',
    writer: { token: pf.bdf },
    copies: { token: pf.token },
  };
}

function vfNode(pf: PfItem, vf: VfItem): TreeNode {
  const holders = vf.openBy.length === 0 ? 'not open' : `open in ${listed(vf.openBy)}`;
  const gave = vf.lastToken === undefined ? undefined : `gave ${vf.lastToken}`;
  return {
    id: `pf/${pf.bdf}/${vf.bdf}`,
    label: vf.bdf,
    description: dotted('VF', holders, gave),
    tooltip: [`Virtual function ${vf.bdf} of ${pf.bdf}`, `It is ${holders}.`, tokenSentence(pf, vf)],
    spoken: dotted(`virtual function ${vf.bdf}`, holders, tokenSentence(pf, vf)),
    ...vfIcon(pf, vf),
    changed: vf.changed === true,
    context: vf.lastToken === undefined ? 'device-vf' : 'device-vf-token',
    copies: { device: vf.bdf, ...(vf.lastToken === undefined ? {} : { token: vf.lastToken }) },
  };
}

function tokenSentence(pf: PfItem, { lastToken }: VfItem): string {
  if (lastToken === undefined) return 'Nobody has given a token for it.';
  return lastToken === pf.token
    ? 'It was last opened with the right token.'
    : `The token ${lastToken} was last given for it, which is not the token of ${pf.bdf}.`;
}

function vfIcon(pf: PfItem, { lastToken }: VfItem): Pick<TreeNode, 'icon' | 'iconColor'> {
  if (lastToken === undefined) return { icon: 'layers' };
  return lastToken === pf.token ? { icon: 'pass', iconColor: good } : { icon: 'error', iconColor: error };
}
