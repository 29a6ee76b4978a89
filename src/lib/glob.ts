/**
 * Whether a pattern fits the whole of a name: `*` stands for any characters or none, `?` for one. Takes time in proportion to
 * both lengths at most, whatever the pattern.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  let [at, star, resumeAt] = [0, -1, 0];
  for (let i = 0; i < name.length;) {
    if (pattern[at] === '*') {
      [star, resumeAt] = [at, i];
      at += 1;
    } else if (pattern[at] === '?' || pattern[at] === name[i]) {
      at += 1;
      i += 1;
    } else if (star >= 0) {
      // The last star takes one character more.
      resumeAt += 1;
      [at, i] = [star + 1, resumeAt];
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}
