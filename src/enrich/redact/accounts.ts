import { isPlaceholder, type Mask } from './marker.ts';

const listLine = /^(\s*)chpasswd:\s*$/;
const account = /^(\s*(?:- )?["']?[\w.-]{1,64}:)([^\s"':][^\s"']*)(["']?)$/;

/**
 * Masks the passwords of a list of accounts (`chpasswd:` and then `user:password`, as cloud-init has it). One for each
 * text; lines go in one by one.
 */
export function createAccountRule(mask: Mask): (line: string) => string {
  /** Indentation of the open list, -1 when none is. */
  let indent = -1;
  return (line) => {
    if (line.search(/\S/) <= indent) indent = -1;
    const list = listLine.exec(line);
    if (list !== null) indent = list[1]?.length ?? 0;
    if (indent < 0 || list !== null) return line;
    return line.replace(account, (all: string, user: string, secret: string, end: string) =>
      isPlaceholder(secret) ? all : user + mask('password') + end,
    );
  };
}
