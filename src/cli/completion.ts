import type { Command } from 'commander';
import { UserError } from './console';

export const shells = ['bash', 'zsh', 'fish'] as const;

/** A script that completes commands, their options and files; made from the commands themselves. */
export function completionScript(lab: Command, shell: string): string {
  const commands = lab.commands.map((command) => ({
    name: command.name(),
    about: command.description(),
    options: [...command.options.map(({ long }) => long ?? ''), '--help'].filter((option) => option !== ''),
  }));
  const names = commands.map(({ name }) => name).join(' ');
  const cases = commands.map(({ name, options }) => `    ${name}) options="${options.join(' ')}" ;;`).join('\n');
  switch (shell) {
    case 'bash':
      return `${bash(names, cases)}complete -o default -F _vfio_lab vfio-lab\n`;
    case 'zsh':
      return `#compdef vfio-lab\nautoload -U +X bashcompinit && bashcompinit\n${bash(names, cases)}complete -o default -F _vfio_lab vfio-lab\n`;
    case 'fish':
      return commands
        .flatMap(({ name, about, options }) => [
          `complete -c vfio-lab -n __fish_use_subcommand -a ${name} -d ${quoted(about)}`,
          ...options.map(
            (option) => `complete -c vfio-lab -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`,
          ),
        ])
        .join('\n')
        .concat('\n');
    default:
      throw new UserError(`there is no completion for ${shell}: ${shells.join(', ')}`);
  }
}

function bash(names: string, cases: string): string {
  return `_vfio_lab() {
  local word="\${COMP_WORDS[COMP_CWORD]}" options=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases}
  esac
  COMPREPLY=()
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
  esac
}
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;
