import { createShapeRule, readRows } from './rows.ts';
import { nothing, type SpanRule } from './span.ts';

/** Options that carry a secret under a name that tells nothing; from the manuals of the programs. See `readRows`. */
export const programRows = readRows(
  String.raw`
  /\bssh-keygen\b/  -  separated(-N|-P)
  /\bopenssl\b/  -  separated(-k|-K|-pass|-passin|-passout)
  /\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mysqlcheck|mysqlimport|xtrabackup|mysqlsh)\b/  -  glued(-p)
  /\b7z[ar]?\b/  -  glued(-p)
  /\b(?:redis-cli|valkey-cli|keydb-cli)\b/  -  separated(-a|--pass)
  /\b(?:curl|wget|lftp|siege|http|https|ab)\b/  -  user:secret(-u|--user|-U|--proxy-user|-a|-A)
  /\b(?:etcdctl|influx|elasticsearch-users|nats)\b/  -  user:secret(-u|--user|--unixsocket-user)
  /\b(?:smbclient|rpcclient|net|smbmap|pth-\w{1,20}|winexe|wmiexec|nxc)\b/  -  user%secret(-U)
  /\b(?:docker|podman|nerdctl|helm|oras|buildah|skopeo|crane|az|oc|cqlsh|mongo|mongosh|mongodump|mongorestore|sshpass|influx|clickhouse-client|cf|ibmcloud|mosquitto|arangosh|sqlcmd|registry|argocd|harbor|faas-cli|mc|nexus|psexec)\b/  -  separated(-p)
  /\b(?:sqlcmd|mosquitto_(?:pub|sub)|ipmitool|zip|unzip|bcp|osql|isql|openfortivpn)\b/  -  separated(-P)
  /\b(?:ldap(?:search|modify|add|delete|passwd|whoami)|kinit|pdbedit)\b/  -  separated(-w|-s|-y)
  ·-u·,·-u=,·--user,·user·!/\bmysql|\bmaria/  -  /(\s(?:-u|-U|--user|--username|user)[ =]["']?[\w.@\\-]{1,64}["']?\s(?:-[-\w]{1,24}(?:[ =][^\s-]\S{0,64})?\s){0,3}(?:-p|-P|-w|-pw)\s{0,2}["']?)([^\s"'=,-][^\s"']{3,128})/g  # Whatever the program: a user's name and then -p
  /\bcurl\b/  token20  /(\s(?:-u|--user)[ =]["']?)([A-Za-z0-9_-]{20,256})/g  # curl -u <key>: with a key in the place of the user
  /\bcurl\b/  -  /(\s(?:-u|--user)[ =]["'])([^\s"':]{8,128})(:["'])/g  # and no password
  ejabberdctl  -  /(\bejabberdctl (?:register|change_password) \S{1,64} \S{1,128} )(\S{3,128})/g
  superuser  -  /(\bsuperuser (?:upsert|create|update) \S{3,128} )(\S{4,128})/g
  ·kinit,sudo·-s,--stdin,passphrase-fd,cryptsetup  -  /(\b(?:echo|printf)\s{1,4}(?:-n\s{1,4})?["']?)([^\s"'|$]{1,512})(["']?\s{0,4}\|\s{0,4}(?:kinit|sudo -S|passwd --stdin|gpg|cryptsetup))/g
  /\bsnmp(?:walk|get|set|bulkwalk|trap)\b/  -  separated(-A|-X|-c)
  /\bschtasks\b/i  -  separated(\/rp)
  /\bsecurity\s[a-z-]{0,10}key/  -  separated(-k|-p|-w)
  /\bsshpass\b/  -  glued(-p)
  /\bopenssl\b/  -  /(\bpass:)([^\s"']+)/g
  /\b(?:keytool|jarsigner)\b/  -  separated(-storepass|-keypass|-srcstorepass|-deststorepass)
  /\bhtpasswd\b/  -  /(\s-[a-zA-Z]{0,6}b[a-zA-Z]{0,6}\s{1,4}\S{1,200}\s{1,4}\S{1,100}\s{1,4})([^\s"']+)/g
  /\b(?:add_user|change_password|adduser)\b/  -  /(\b(?:add_user|change_password|adduser)\s+["']?[\w.@-]{1,64}["']?\s+["']?)([^\s"'-][^\s"']*)/g
  /\bfrom-literal\b/  -  /(--from-literal[= ]["']?[\w.-]{1,128}=)([^\s"']+)/g
  /\bchpasswd\b/  -  /(\b[a-z_][\w-]{0,31}:)([^\s"'|]{1,128})(["']?\s{0,4}\|)/g
  /\bpassword-stdin\b/  -  /(\b(?:echo|printf)\s{1,4}(?:-n\s{1,4})?["']?)([^\s"'|$]{1,512})(["']?\s{0,4}\|)/g
  /\bxfreerdp\b|\bwfreerdp\b|\brdesktop\b|\bnet\x20use\b/  -  /(\s\/p:|\s\/user:\S{1,64}\s)([^\s"']+)/g
  /\b(?:vault|consul|nomad|gh|glab|flyctl|heroku|snyk|wandb|huggingface-cli|hf|ngrok|railway|netlify|vercel|pulumi|doppler|sentry-cli|infisical|render|akeyless)\b.{0,24}\b(?:login|auth|unseal|add-authtoken|authtoken)\b/  -  /(\b(?:login|auth|unseal|add-authtoken|authtoken)\s+(?:token\s+)?)([A-Za-z0-9][+\w./=-]{15,})/g
  /\bcodecov\b/  -  separated(-t)
  /\b(?:expdp|impdp|sqlldr|sqlplus|rman)\b/  -  /(\b(?:expdp|impdp|sqlldr|sqlplus|rman)\s(?:-\w{1,4}\s)?(?:userid=|target )?["']?[\w$#]{1,64}\/)([^\s"'@/]{3,128})/g  # expdp user/x@name, sqlldr userid=user/x
  /\bnet\x20use\b/i  -  /(\bnet use (?:[A-Za-z]: )?\\{1,4}[\w.\\$-]{3,128} )([^\s/"']{4,128})( \/user:)/gi
  /\bmc\s+(?:alias|config)\b/  -  /(\balias set\s+\S{1,64}\s+\S{1,256}\s+\S{1,64}\s+)([^\s"']+)/g
  /\bredis|\bAUTH\b/  -  /("AUTH"\s+(?:"[^"\s]{1,128}"\s+)?")([^"]+)(")/gi
  /\bCONFIG\b/i  -  /(\bCONFIG["\s]{1,3}SET["\s]{1,3}(?:requirepass|masterauth)["\s]{1,3})([^"\s]+)/gi
`,
  'command-line',
  'argument',
);

// What every row needs: an option, or one of a few words; cheaper to look for than the programs' names.
const anyOption =
  /[\s"'[,]-{1,2}[A-Za-z]|AUTH|CONFIG|passw|_user|adduser|login|auth|unseal|expdp|impdp|sqlldr|sqlplus|rman|\/p:|\/user:|\/rp|alias|superuser|pass:|--stdin|kinit|ejabberdctl/;
const anyProgram = new RegExp(
  programRows.flatMap(({ hint }) => (hint instanceof RegExp ? hint.source : hint)).join('|'),
  'i',
);
const programs = createShapeRule(programRows);

/** Secrets in the options of well-known programs (`mysql -pX`, `curl -u user:X`, `redis-cli -a X`). */
export const commandLines: SpanRule = (reading) =>
  anyOption.test(reading.text) && anyProgram.test(reading.text) ? programs(reading) : nothing;
