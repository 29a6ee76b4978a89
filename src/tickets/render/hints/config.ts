import { shellWord } from '../markdown.ts';
import { type Commands, firstMatch, type Hint, type Row } from './class-text.ts';

const causes: readonly Row[] = [
  [
    /couldn't find key|non-existent (?:secret|config) key/i,
    'The Secret or ConfigMap exists but lacks this key: look for a typing error or a rename, or mark the reference as optional. Once it is there, the container starts by itself.',
  ],
  [
    /secret "?[^"]*"? not found|secret .* does not exist/i,
    'The Secret does not exist in this namespace: was it made in another one, is it made by an operator that fails, or does it come later in the same rollout? Once it is there, the container starts by itself.',
  ],
  [
    /configmap "?[^"]*"? not found/i,
    'The ConfigMap does not exist in this namespace: was it made in another one, renamed, or not applied? Once it is there, the container starts by itself.',
  ],
  [
    /runAsNonRoot|image will run as root|non-numeric user/i,
    'The pod may not run as root, and the image does, or says a name for its user where a number is needed: set runAsUser, or a numeric USER in the image.',
  ],
  [
    /exec format error/i,
    'The command is made for another kind of processor, or is a script without its first line (#!).',
  ],
  [
    /permission denied/i,
    'The command is there but may not be run: look at its file mode, at the user, and at the security context.',
  ],
  [
    /executable file not found|no such file or directory|not a directory/i,
    'The image does not have this command or path: look at command, working directory and mounts, which may hide what the image has there.',
  ],
  [/subPath/i, 'A path inside a volume cannot be used: look at subPath, and at what is in the volume.'],
  [
    /PostStartHookError|PostStart/i,
    'The kubelet stops the container because its postStart hook fails; the program itself did not fail. Look at the command of the hook, and at whether it needs something that the program has not opened yet.',
  ],
];

const UNKNOWN =
  'Something that the spec names is missing or cannot be used: a Secret, a ConfigMap, a key, a command, a user.';

/** Why a container cannot be made or started as its spec says. */
export const configHint: Hint = (input) => firstMatch(causes, input) ?? UNKNOWN;

/** In the words of the kubelet: which object is missing, or which lacks a key. */
const MISSING = /\b(secret|configmap) "([^"]+)" not found/i;
const LACKING = /in (secret|configmap) (?:[^\s/]+\/)?([a-z0-9.-]+)/i;

/** Reads what is missing, or what lacks a key. */
export const configCommands: Commands = ({ kubectl }, { message, environment }) => {
  const said = [message, ...environment.events.map((event) => event.message)].join('\n');
  const missing = MISSING.exec(said);
  if (missing !== null) return [`${kubectl} get ${(missing[1] ?? '').toLowerCase()}s`];
  const lacking = LACKING.exec(said);
  if (lacking === null) return [];
  // Of a Secret this shows keys and sizes, no values.
  return [`${kubectl} describe ${shellWord(`${(lacking[1] ?? '').toLowerCase()}/${lacking[2] ?? ''}`)}`];
};
