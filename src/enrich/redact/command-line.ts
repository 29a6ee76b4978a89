import { isPlaceholder, type Mask } from './marker.ts';

/** A program whose options carry a secret under a name that tells nothing. */
interface ProgramRow {
  /** Names of the program, as they stand in a command line. */
  readonly programs: RegExp;
  /** The option: group 1 is kept, group 2 is the secret, group 3 (if any) is kept. */
  readonly option: RegExp;
}

// A value on a command line, quoted or not.
const separated = (flags: string): RegExp =>
  new RegExp(`((?:^|[\\s"'\\[,])(?:${flags})(?:["'],? ?["']|\\s+["']?|=["']?))([^\\s"'\\-][^\\s"']*)`, 'g');
const glued = (flag: string): RegExp => new RegExp(`((?:^|[\\s"'\\[,])${flag})([^\\s"'=,-][^\\s"']*)`, 'g');
const userAndSecret = (flags: string, sign: string): RegExp =>
  new RegExp(`((?:^|[\\s"'\\[,])(?:${flags})(?:["'],? ?["']|\\s*["']?|=["']?)[^\\s"'${sign}]{0,128}${sign})([^\\s"']+)`, 'g');

/** From the manuals of the programs. */
export const programRows: readonly ProgramRow[] = [
  { programs: /\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mysqlcheck|mysqlimport|xtrabackup|mysqlsh)\b/, option: glued('-p') },
  { programs: /\b7z[ar]?\b/, option: glued('-p') },
  { programs: /\b(?:redis-cli|valkey-cli|keydb-cli)\b/, option: separated('-a|--pass') },
  { programs: /\b(?:curl|wget|lftp|siege|http|https|ab)\b/, option: userAndSecret('-u|--user|-U|--proxy-user|-a|-A', ':') },
  { programs: /\b(?:etcdctl|influx|elasticsearch-users|nats)\b/, option: userAndSecret('-u|--user|--unixsocket-user', ':') },
  { programs: /\blftp\b/, option: userAndSecret('-u', ',') },
  { programs: /\b(?:smbclient|rpcclient|net|smbmap)\b/, option: userAndSecret('-U', '%') },
  { programs: /\b(?:docker|podman|nerdctl|helm|oras|buildah|skopeo|crane|az|oc|cqlsh|mongo|mongosh|mongodump|mongorestore|sshpass|influx|clickhouse-client|cf|ibmcloud|mosquitto|arangosh|sqlcmd|registry|argocd|harbor|faas-cli|mc|nexus)\b/, option: separated('-p') },
  { programs: /\b(?:sqlcmd|mosquitto_(?:pub|sub)|ipmitool|zip|unzip|bcp|osql|isql|openfortivpn)\b/, option: separated('-P') },
  { programs: /\b(?:ldap(?:search|modify|add|delete|passwd|whoami)|kinit|pdbedit)\b/, option: separated('-w|-s|-y') },
  { programs: /\bsnmp(?:walk|get|set|bulkwalk|trap)\b/, option: separated('-A|-X|-c') },
  { programs: /\bsshpass\b/, option: glued('-p') },
  { programs: /\bopenssl\b/, option: /(\bpass:)([^\s"']+)/g },
  { programs: /\b(?:keytool|jarsigner)\b/, option: separated('-storepass|-keypass|-srcstorepass|-deststorepass') },
  { programs: /\bhtpasswd\b/, option: /(\s-[a-zA-Z]*b[a-zA-Z]*\s+\S{1,200}\s+\S{1,100}\s+)([^\s"']+)/g },
  { programs: /\b(?:add_user|change_password|adduser)\b/, option: /(\b(?:add_user|change_password|adduser)\s+["']?[\w.@-]{1,64}["']?\s+["']?)([^\s"'-][^\s"']*)/g },
  { programs: /\bfrom-literal\b/, option: /(--from-literal[= ]["']?[\w.-]{1,128}=)([^\s"']+)/g },
  { programs: /\bchpasswd\b/, option: /(\b[a-z_][\w-]{0,31}:)([^\s"'|]+)(["']?\s*\|)/g },
  { programs: /\bpassword-stdin\b/, option: /(\b(?:echo|printf)\s+(?:-n\s+)?["']?)([^\s"'|$]+)(["']?\s*\|)/g },
  { programs: /\bxfreerdp\b|\bwfreerdp\b|\brdesktop\b|\bnet use\b/, option: /(\s\/p:|\s\/user:\S{1,64}\s)([^\s"']+)/g },
  { programs: /\b(?:vault|consul|nomad|gh|glab|flyctl|heroku)\b.{0,20}\blogin\b/, option: /(\blogin\s+)([A-Za-z0-9][\w.-]{15,})/g },
  { programs: /\bmc\s+(?:alias|config)\b/, option: /(\balias set\s+\S{1,64}\s+\S{1,256}\s+\S{1,64}\s+)([^\s"']+)/g },
  { programs: /\bredis|\bAUTH\b/, option: /("AUTH"\s+(?:"[^"\s]{1,128}"\s+)?")([^"]+)(")/gi },
  { programs: /\bCONFIG\b/i, option: /(\bCONFIG["\s]{1,3}SET["\s]{1,3}(?:requirepass|masterauth)["\s]{1,3})([^"\s]+)/gi },
];

const anyProgram = /\b(?:mysql|maria|xtrabackup|7z|redis|valkey|keydb|curl|wget|lftp|siege|https?\s|ab\s|etcdctl|influx|elasticsearch-users|nats|smb|rpcclient|net\s|docker|podman|nerdctl|helm|oras|buildah|skopeo|crane|az\s|oc\s|cqlsh|mongo|sshpass|clickhouse|cf\s|ibmcloud|mosquitto|arangosh|sqlcmd|registry|argocd|harbor|faas-cli|mc\s|nexus|ipmitool|zip|unzip|bcp|osql|isql|openfortivpn|ldap|kinit|pdbedit|snmp|openssl|keytool|jarsigner|htpasswd|add_user|change_password|adduser|chpasswd|[xw]freerdp|rdesktop|vault|consul|nomad|gh\s|glab|flyctl|heroku|AUTH|CONFIG)|from-literal|password-stdin/i;

/** Masks secrets in the options of well-known programs (`mysql -pX`, `curl -u user:X`, `redis-cli -a X`). */
export function maskCommandLines(line: string, mask: Mask): string {
  if (!anyProgram.test(line)) return line;
  let result = line;
  for (const { programs, option } of programRows) {
    if (!programs.test(result)) continue;
    result = result.replace(option, (all: string, kept: string, secret: string, after?: unknown) => {
      if (isPlaceholder(secret) || /^\d{1,5}$|^\//.test(secret)) return all;
      return kept + mask('command-line') + (typeof after === 'string' ? after : '');
    });
  }
  return result;
}
