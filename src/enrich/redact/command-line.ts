import type { Mask } from './marker.ts';
import { isTokenLike } from './token-shape.ts';
import { createShapeRule, type ShapeRow } from './shape-row.ts';

// A value on a command line, quoted or not.
const separated = (flags: string): RegExp =>
  new RegExp(
    `((?:^|[\\s"'\\[,])(?:${flags})(?:["'],? ?["']|\\s{1,4}["']?|=["']?))([^\\s"'\\-][^\\s"']*)`,
    'g',
  );
const glued = (flag: string): RegExp =>
  new RegExp(`((?:^|[\\s"'\\[,])${flag}["']?)([^\\s"'=,-][^\\s"']*)`, 'g');
const userAndSecret = (flags: string, sign: string): RegExp =>
  new RegExp(
    `((?:^|[\\s"'\\[,])(?:${flags})(?:["'],? ?["']|\\s{0,4}["']?|=["']?)[^\\s"'\\[${sign}]{0,128}${sign})([^\\s"']+)`,
    'g',
  );

const rule = 'command-line';

// Ports and paths stand behind the same letters.
function accepts(secret: string): boolean {
  return !/^(?:[\d.]{1,15}:)?\d{1,5}(?:[-:]\d{1,5}){0,3}(?:\/(?:tcp|udp|sctp))?$|^\//.test(secret);
}

/** Options that carry a secret under a name that tells nothing; from the manuals of the programs. */
export const programRows: readonly ShapeRow[] = [
  { rule, accepts, hint: /\bssh-keygen\b/, shape: separated('-N|-P') },
  { rule, accepts, hint: /\bopenssl\b/, shape: separated('-k|-K|-pass|-passin|-passout') },
  {
    rule,
    accepts,
    hint: /\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mysqlcheck|mysqlimport|xtrabackup|mysqlsh)\b/,
    shape: glued('-p'),
  },
  { rule, accepts, hint: /\b7z[ar]?\b/, shape: glued('-p') },
  { rule, accepts, hint: /\b(?:redis-cli|valkey-cli|keydb-cli)\b/, shape: separated('-a|--pass') },
  {
    rule,
    accepts,
    hint: /\b(?:curl|wget|lftp|siege|http|https|ab)\b/,
    shape: userAndSecret('-u|--user|-U|--proxy-user|-a|-A', ':'),
  },
  {
    rule,
    accepts,
    hint: /\b(?:etcdctl|influx|elasticsearch-users|nats)\b/,
    shape: userAndSecret('-u|--user|--unixsocket-user', ':'),
  },
  { rule, accepts, hint: /\blftp\b/, shape: userAndSecret('-u', ',') },
  {
    rule,
    accepts,
    hint: /\b(?:smbclient|rpcclient|net|smbmap|pth-\w{1,20}|winexe|wmiexec|nxc)\b/,
    shape: userAndSecret('-U', '%'),
  },
  {
    rule,
    accepts,
    hint: /\b(?:docker|podman|nerdctl|helm|oras|buildah|skopeo|crane|az|oc|cqlsh|mongo|mongosh|mongodump|mongorestore|sshpass|influx|clickhouse-client|cf|ibmcloud|mosquitto|arangosh|sqlcmd|registry|argocd|harbor|faas-cli|mc|nexus|psexec)\b/,
    shape: separated('-p'),
  },
  {
    rule,
    accepts,
    hint: /\b(?:sqlcmd|mosquitto_(?:pub|sub)|ipmitool|zip|unzip|bcp|osql|isql|openfortivpn)\b/,
    shape: separated('-P'),
  },
  {
    rule,
    accepts,
    hint: /\b(?:ldap(?:search|modify|add|delete|passwd|whoami)|kinit|pdbedit)\b/,
    shape: separated('-w|-s|-y'),
  },
  // Whatever the program: a user's name and then -p
  {
    rule,
    accepts,
    hint: [' -u ', ' -u=', ' --user', ' user '],
    // mysql -u x -p names a database.
    unless: /\bmysql|\bmaria/,
    shape:
      /(\s(?:-u|-U|--user|--username|user)[ =]["']?[\w.@\\-]{1,64}["']?\s(?:-[-\w]{1,24}(?:[ =][^\s-]\S{0,64})?\s){0,3}(?:-p|-P|-w|-pw)\s{0,2}["']?)([^\s"'=,-][^\s"']{3,128})/g,
  },
  // curl -u <key>: with a key in the place of the user
  {
    rule,
    hint: /\bcurl\b/,
    shape: /(\s(?:-u|--user)[ =]["']?)([A-Za-z0-9_-]{20,256})/g,
    accepts: (text) => isTokenLike(text, 20),
  },
  {
    rule,
    accepts,
    hint: ['ejabberdctl'],
    shape: /(\bejabberdctl (?:register|change_password) \S{1,64} \S{1,128} )(\S{3,128})/g,
  },
  {
    rule,
    accepts,
    hint: ['superuser'],
    shape: /(\bsuperuser (?:upsert|create|update) \S{3,128} )(\S{4,128})/g,
  },
  {
    rule,
    accepts,
    hint: [' kinit', 'sudo -s', '--stdin', 'passphrase-fd', 'cryptsetup'],
    shape:
      /(\b(?:echo|printf)\s+(?:-n\s+)?["']?)([^\s"'|$]{1,512})(["']?\s{0,4}\|\s{0,4}(?:kinit|sudo -S|passwd --stdin|gpg|cryptsetup))/g,
  },
  { rule, accepts, hint: /\bsnmp(?:walk|get|set|bulkwalk|trap)\b/, shape: separated('-A|-X|-c') },
  { rule, accepts, hint: /\bschtasks\b/i, shape: separated('/rp') },
  { rule, accepts, hint: /\bsshpass\b/, shape: glued('-p') },
  { rule, accepts, hint: /\bopenssl\b/, shape: /(\bpass:)([^\s"']+)/g },
  {
    rule,
    accepts,
    hint: /\b(?:keytool|jarsigner)\b/,
    shape: separated('-storepass|-keypass|-srcstorepass|-deststorepass'),
  },
  {
    rule,
    accepts,
    hint: /\bhtpasswd\b/,
    shape: /(\s-[a-zA-Z]{0,6}b[a-zA-Z]{0,6}\s{1,4}\S{1,200}\s{1,4}\S{1,100}\s{1,4})([^\s"']+)/g,
  },
  {
    rule,
    accepts,
    hint: /\b(?:add_user|change_password|adduser)\b/,
    shape: /(\b(?:add_user|change_password|adduser)\s+["']?[\w.@-]{1,64}["']?\s+["']?)([^\s"'-][^\s"']*)/g,
  },
  { rule, accepts, hint: /\bfrom-literal\b/, shape: /(--from-literal[= ]["']?[\w.-]{1,128}=)([^\s"']+)/g },
  { rule, accepts, hint: /\bchpasswd\b/, shape: /(\b[a-z_][\w-]{0,31}:)([^\s"'|]{1,128})(["']?\s{0,4}\|)/g },
  {
    rule,
    accepts,
    hint: /\bpassword-stdin\b/,
    shape: /(\b(?:echo|printf)\s+(?:-n\s+)?["']?)([^\s"'|$]{1,512})(["']?\s{0,4}\|)/g,
  },
  {
    rule,
    accepts,
    hint: /\bxfreerdp\b|\bwfreerdp\b|\brdesktop\b|\bnet use\b/,
    shape: /(\s\/p:|\s\/user:\S{1,64}\s)([^\s"']+)/g,
  },
  {
    rule,
    accepts,
    hint: /\b(?:vault|consul|nomad|gh|glab|flyctl|heroku|snyk|wandb|huggingface-cli|hf|ngrok|railway|netlify|vercel|pulumi|doppler|sentry-cli|infisical|render|akeyless)\b.{0,24}\b(?:login|auth|unseal|add-authtoken|authtoken)\b/,
    shape: /(\b(?:login|auth|unseal|add-authtoken|authtoken)\s+(?:token\s+)?)([A-Za-z0-9][\w.+/=-]{15,})/g,
  },
  { rule, accepts, hint: /\bcodecov\b/, shape: separated('-t') },
  {
    rule,
    accepts,
    hint: /\boathtool\b/,
    shape: /(\boathtool\s(?:-{1,2}[\w=-]{1,24}\s){0,4})([A-Za-z0-9=]{16,128})/g,
  },
  // expdp user/x@name, sqlldr userid=user/x
  {
    rule,
    accepts,
    hint: /\b(?:expdp|impdp|sqlldr|sqlplus|rman)\b/,
    shape:
      /(\b(?:expdp|impdp|sqlldr|sqlplus|rman)\s(?:-\w{1,4}\s)?(?:userid=|target )?["']?[\w$#]{1,64}\/)([^\s"'@/]{3,128})/g,
  },
  {
    rule,
    accepts,
    hint: /\bnet use\b/i,
    shape: /(\bnet use (?:[A-Za-z]: )?\\{1,4}[\w.\\$-]{3,128} )([^\s/"']{4,128})( \/user:)/gi,
  },
  {
    rule,
    accepts,
    hint: /\bmc\s+(?:alias|config)\b/,
    shape: /(\balias set\s+\S{1,64}\s+\S{1,256}\s+\S{1,64}\s+)([^\s"']+)/g,
  },
  { rule, accepts, hint: /\bredis|\bAUTH\b/, shape: /("AUTH"\s+(?:"[^"\s]{1,128}"\s+)?")([^"]+)(")/gi },
  {
    rule,
    accepts,
    hint: /\bCONFIG\b/i,
    shape: /(\bCONFIG["\s]{1,3}SET["\s]{1,3}(?:requirepass|masterauth)["\s]{1,3})([^"\s]+)/gi,
  },
];

// What every row needs: an option, or one of a few words. Cheaper to look for than the programs' names.
const anyOption = /[\s"'[,]-{1,2}[A-Za-z]/;
const anyWord =
  'AUTH CONFIG passw _user adduser login auth unseal expdp impdp sqlldr sqlplus rman /p: /user: /rp alias superuser pass: --stdin kinit ejabberdctl'.split(
    ' ',
  );

const anyProgram =
  /\b(?:mysql|maria|xtrabackup|7z|redis|valkey|keydb|curl|wget|lftp|siege|https?\s|ab\s|etcdctl|influx|elasticsearch-users|nats|smb|rpcclient|net\s|docker|podman|nerdctl|helm|oras|buildah|skopeo|crane|az\s|oc\s|cqlsh|mongo|sshpass|clickhouse|cf\s|ibmcloud|mosquitto|arangosh|sqlcmd|registry|argocd|harbor|faas-cli|mc\s|nexus|psexec|schtasks|ipmitool|zip|unzip|bcp|osql|isql|openfortivpn|ldap|kinit|pdbedit|snmp|openssl|ssh-keygen|keytool|jarsigner|htpasswd|add_user|change_password|adduser|chpasswd|[xw]freerdp|rdesktop|vault|consul|nomad|gh\s|glab|flyctl|heroku|AUTH|CONFIG|pth-|winexe|wmiexec|nxc|snyk|wandb|huggingface|hf\s|ngrok|railway|netlify|vercel|pulumi|doppler|sentry-cli|infisical|render|akeyless|codecov|oathtool|expdp|impdp|sqlldr|sqlplus|rman)|from-literal|password-stdin|ejabberdctl|superuser|kinit|sudo -S|--stdin|-fd|cryptsetup| -u[ =]| --user| user /i;

const maskPrograms = createShapeRule(programRows);

/** Masks secrets in the options of well-known programs (`mysql -pX`, `curl -u user:X`, `redis-cli -a X`). */
export function maskCommandLines(line: string, mask: Mask): string {
  const isCommand = anyOption.test(line) || anyWord.some((word) => line.includes(word));
  return isCommand && anyProgram.test(line) ? maskPrograms(line, mask) : line;
}
