import { alphabets, base64, inventedWord, uuid, type Random } from '../random.ts';
import type { Line } from './kit.ts';

/** Seventh corpus, ordinary lines: more programs, more tools, and lines that speak of secrets without giving one away. */

const { alnum, hex, lowerDigits, digits, base64url, pod, upper } = alphabets;
const b64 = alphabets.base64;
const num = (r: Random, below = 100_000): string => String(r.number(below));
const clock = (r: Random): string => `0${r.number(9)}:${10 + r.number(49)}:${10 + r.number(49)}`;
const iso = (r: Random): string => `2026-07-2${r.number(9)}T${clock(r)}.${100 + r.number(899)}Z`;
const word = (r: Random): string => inventedWord(r, 2);
const ip = (r: Random): string => `192.168.${r.number(255)}.${r.number(255)}`;

export const thirdLines: readonly Line[] = [
  // speaking of secrets
  () => `Please change your password before it expires on 2026-08-01`,
  () => `Password changed successfully for user admin`,
  (r) => `password_reset_requests_total{status="ok"} ${num(r)}`,
  (r) => `Loaded password policy "strict" with minimum length ${num(r, 30)}`,
  () => `warning: password is stored in plain text in config.yaml`,
  () => `password is required`,
  () => `The password you entered is incorrect. Try again.`,
  () => `passwordless sudo enabled for group wheel`,
  (r) => `pam_unix(sshd:auth): check pass; user unknown from ${ip(r)}`,
  () => `No password set for user default; ACL is nopass`,
  (r) => `Token ${num(r, 900)} of ${num(r, 900)} processed`,
  () => `token type: Bearer, expires in 3600 seconds`,
  (r) => `Access token for user ${num(r)} is about to expire; refreshing`,
  () => `Invalid token: signature mismatch`,
  () => `Token validation succeeded for audience api://default`,
  (r) => `Unexpected token ILLEGAL at line ${num(r, 90)}`,
  (r) => `tokens used: prompt=${num(r, 4000)} completion=${num(r, 4000)} model=gpt-4o`,
  () => `API key is missing; set the environment variable ACME_API_KEY`,
  () => `api_key: required but not provided`,
  (r) => `API key with id ${num(r)} was revoked by an administrator`,
  () => `using api key from file /etc/acme/api-key`,
  () => `Secret "db-credentials" created`,
  () => `secret/db-credentials configured`,
  () => `Error: secret "tls-cert" not found in namespace "prod"`,
  (r) => `synced secret prod/db-credentials to version ${num(r, 90)}`,
  () => `secret rotation completed for prod/payments in 3 steps`,
  () => `the client secret of application billing expires in 14 days`,
  () => `credentials provider chain: env, shared file, container, instance`,
  () => `Unable to locate credentials. You can configure credentials by running "aws configure".`,
  () => `Could not load credentials from any providers`,
  (r) =>
    `Assuming role arn:aws:iam::${r.text(digits, 12)}:role/ci-deploy with web identity token from /var/run/secrets/eks.amazonaws.com/serviceaccount/token`,
  () => `Authorization header is malformed`,
  () => `Authorization: Bearer <token>`,
  () => `authorization failed: policy denied access to resource orders`,
  () => `authentication: using method kubernetes at mount path auth/kubernetes`,
  (r) => `auth: user=alice method=publickey result=success duration=${num(r, 90)}ms`,
  (r) => `session opened for user root(uid=0) by (uid=${num(r, 900)})`,
  (r) => `Session ${num(r)} closed after ${num(r)} seconds of inactivity`,
  (r) => `session.timeout.ms = ${num(r)} session.id.length=32`,
  () => `cookie consent banner shown, cookies disabled`,
  () => `Cookie "theme" has been rejected because it is in a cross-site context`,
  () => `Set-Cookie header ignored in response from url: https://example.org/x`,
  () => `csrf protection enabled for all forms`,
  () => `CSRF cookie not set.`,
  () => `private key and certificate do not match`,
  () => `error loading private key: file does not exist`,
  () => `tls: private key does not match public key`,
  (r) => `signing request with key id ${r.text(hex, 16)}`,
  (r) => `signature algorithm ecdsa-with-SHA256, key size ${num(r, 4096)} bits`,
  () => `encryption key rotation scheduled every 90d`,
  () => `encryption at rest: provider aescbc, key name key1`,
  (r) => `kms: decrypted data key in ${num(r, 90)}ms, cache hit`,
  (r) => `arn:aws:kms:eu-west-1:${r.text(digits, 12)}:key/${uuid(r)} enabled`,
  (r) => `Unseal Progress    0/3  Unseal Nonce ${uuid(r)}`,
  () => `Vault is sealed; unseal keys required: 3`,
  () => `lease renewal failed: permission denied (token ttl exceeded)`,
  (r) => `otp expired for user ${num(r)}`,
  () => `verification code expired, request a new one`,
  () => `Enter verification code:`,
  () => `PIN verification enabled`,
  (r) => `exit code ${num(r, 255)}, status code 503, error code: E${num(r, 9999)}`,
  (r) => `country code 49, postal code ${10000 + r.number(89999)}, promo code SUMMER`,
  () => `license: Apache-2.0; license key file not found, running in community mode`,
  // more logs
  (r) => `[${iso(r)}] [INFO] [${word(r)}] ✔️ connected to broker ⚡️ in ${num(r, 90)}ms`,
  (r) => `⚠️ deprecated option used: ${word(r)}`,
  (r) => `✅ deployment ${word(r)} finished 🎉 (${num(r, 90)}s)`,
  (r) => `Größe der Datei überschritten: ${num(r)} Bytes – bitte prüfen`,
  (r) => `Échec de la connexion à la base de données « ${word(r)} » après ${num(r, 90)} essais`,
  (r) => `ошибка подключения к базе данных ${word(r)}: превышено время ожидания`,
  (r) => `接続エラー: タイムアウト (${num(r, 90)} 秒)`,
  (r) => `无法连接到服务器 ${ip(r)}:5432`,
  (r) =>
    `{"@timestamp":"${iso(r)}","log.level":"INFO","message":"Authenticated session","event.dataset":"es.audit","trace.id":"${r.text(hex, 32)}","user.name":"kibana_system","authentication.type":"REALM"}`,
  (r) =>
    `{"time":"${iso(r)}","id":"${r.text(alnum, 32)}","remote_ip":"${ip(r)}","host":"x","method":"GET","uri":"/healthz","status":200,"latency":${num(r)},"bytes_in":0,"bytes_out":2}`,
  (r) =>
    `{"insertId":"${r.text(lowerDigits, 16)}","resource":{"type":"k8s_container","labels":{"cluster_name":"prod","pod_name":"${word(r)}-${r.text(pod, 9)}-${r.text(pod, 5)}"}},"severity":"ERROR","textPayload":"token has expired"}`,
  (r) =>
    `{"eventVersion":"1.08","eventName":"GetSecretValue","awsRegion":"eu-west-1","requestParameters":{"secretId":"prod/db"},"responseElements":null,"requestID":"${uuid(r)}","eventID":"${uuid(r)}"}`,
  (r) =>
    `{"type":"request","auditID":"${uuid(r)}","path":"secret/data/payments","accessor":"hmac-sha256:${r.text(hex, 64)}","policies":["default"]}`,
  (r) => `START RequestId: ${uuid(r)} Version: $LATEST`,
  (r) =>
    `REPORT RequestId: ${uuid(r)}	Duration: ${num(r)}.12 ms	Billed Duration: ${num(r)} ms	Memory Size: 128 MB	Max Memory Used: 64 MB`,
  (r) => `XRAY TraceId: 1-${r.text(hex, 8)}-${r.text(hex, 24)}	SegmentId: ${r.text(hex, 16)}	Sampled: true`,
  (r) =>
    `2 ${r.text(digits, 12)} eni-0${r.text(hex, 16)} ${ip(r)} ${ip(r)} 443 ${num(r, 60000)} 6 25 ${num(r)} ${r.text(digits, 10)} ${r.text(digits, 10)} ACCEPT OK`,
  (r) =>
    `h2 ${iso(r)} app/web/${r.text(hex, 16)} ${ip(r)}:${num(r, 60000)} ${ip(r)}:80 0.000 0.004 0.000 200 200 ${num(r, 900)} ${num(r)} "GET https://shop.example.org:443/ HTTP/2.0" "curl/8.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-west-1:${r.text(digits, 12)}:targetgroup/web/${r.text(hex, 16)} "Root=1-${r.text(hex, 8)}-${r.text(hex, 24)}"`,
  (r) =>
    `TLS: Initial packet from [AF_INET]${ip(r)}:${num(r, 60000)}, sid=${r.text(hex, 8)} ${r.text(hex, 8)}`,
  (r) =>
    `openvpn: VERIFY OK: depth=0, CN=${word(r)}; Outgoing Data Channel: Cipher 'AES-256-GCM' initialized with 256 bit key`,
  (r) => `wg0: handshake for peer ${num(r, 90)} (${ip(r)}:51820) did not complete after 5 seconds, retrying`,
  (r) => `peer: ${r.text(b64, 43)}= allowed ips: 10.0.0.${num(r, 255)}/32 latest handshake: 12 seconds ago`,
  (r) =>
    `dhcpd: DHCPACK on ${ip(r)} to 52:54:00:${r.text(hex, 2)}:${r.text(hex, 2)}:${r.text(hex, 2)} via eth0`,
  (r) =>
    `named: client @0x7f${r.text(hex, 10)} ${ip(r)}#${num(r, 60000)} (example.org): query: example.org IN DNSKEY +E(0)K (${ip(r)})`,
  (r) => `example.org. 3600 IN DNSKEY 257 3 13 ${r.text(b64, 86)}==`,
  (r) => `v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC${r.text(b64, 170)}IDAQAB`,
  (r) =>
    `postfix/smtp[${num(r)}]: ${r.text(hex, 10).toUpperCase()}: to=<ops>, relay=mx.example.org[${ip(r)}]:25, delay=1.2, dsn=2.0.0, status=sent (250 2.0.0 OK ${r.text(digits, 10)} ${r.text(lowerDigits, 24)}.${num(r, 900)} - gsmtp)`,
  (r) =>
    `dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<bob>, method=PLAIN, rip=${ip(r)}, session=<${r.text(b64, 16)}>`,
  (r) => `asterisk: Registration from '<sip:100>' failed for '${ip(r)}:${num(r, 60000)}' - Wrong password`,
  (r) => `proftpd[${num(r)}]: USER anonymous: no such user found from ${ip(r)}`,
  () => `keepalived: (VI_1) Receive advertisement timeout; auth_type PASS`,
  (r) =>
    `ceph-mon: cephx: verify_authorizer could not decrypt ticket info: error: bad magic in decode_decrypt, ${r.text(digits, 18)} != ${r.text(digits, 19)}`,
  (r) => `rados: object ${r.text(hex, 16)}.${r.text(hex, 16)} size ${num(r)} epoch ${num(r)}`,
  (r) => `zfs: pool tank: scrub repaired 0B in 0${r.number(9)}:12:33 with 0 errors`,
  (r) =>
    `smartd: Device: /dev/sda [SAT], SMART Usage Attribute: 194 Temperature_Celsius changed from ${num(r, 90)} to ${num(r, 90)}, S/N:${r.text(upper, 12)}`,
  (r) =>
    `NVRM: GPU at PCI:0000:00:1e: GPU-${uuid(r)} Xid (PCI:0000:00:1e): 79, pid='<unknown>', name=<unknown>`,
  (r) =>
    `usb 1-1: New USB device found, idVendor=${r.text(hex, 4)}, idProduct=${r.text(hex, 4)}, bcdDevice= 1.00 SerialNumber: ${r.text(upper, 12)}`,
  (r) => `EXT4-fs (nvme1n1): mounted filesystem ${uuid(r)} r/w with ordered data mode. Quota mode: none.`,
  (r) => `cloud-init[${num(r)}]: |  .  o+B==+.. .   |`,
  (r) =>
    `Generating public/private ed25519 key pair. The key fingerprint is: SHA256:${r.text(b64, 43)} root@host`,
  () => `+----[SHA256]-----+`,
  (r) => `ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ${r.text(b64, 350)}== alice@laptop`,
  (r) => `debug1: Offering public key: /home/bob/.ssh/id_ed25519 ED25519 SHA256:${r.text(b64, 43)} agent`,
  (r) => `gpg: using RSA key ${r.text(hex, 40).toUpperCase()}`,
  (r) => `sigstore: tlog entry created with index: ${r.text(digits, 8)} sha256:${r.text(hex, 64)}`,
  (r) => `cosign: pushing signature to: registry.example.org/app:sha256-${r.text(hex, 64)}.sig`,
  (r) => `buildkit: exporting manifest sha256:${r.text(hex, 64)} done, cache key: sha256:${r.text(hex, 64)}`,
  (r) => `Restored cache from key: v2-deps-linux-${r.text(hex, 64)}`,
  (r) => `Cache not found for input keys: node-cache-Linux-npm-${r.text(hex, 64)}`,
  () =>
    `Post job cleanup. [command]/usr/bin/git config --local --unset-all http.https://git.example.org/.extraheader`,
  () => `##[group]Run actions/checkout@v4 with: repository: acme/app token: *** ssh-strict: true`,
  (r) =>
    `Fetching changes with git depth set to 20... Initialized empty Git repository in /builds/acme/app/.git/ Created fresh repository. Checking out ${r.text(hex, 8)} as detached HEAD`,
  (r) =>
    `Running with gitlab-runner 17.0.0 (${r.text(hex, 8)}) on docker-1 ${r.text(alnum, 8)}, system ID: s_${r.text(hex, 12)}`,
  () => `[Pipeline] withCredentials Masking supported pattern matches of $DEPLOY_TOKEN or $DB_PASSWORD`,
  (r) =>
    `remote: Counting objects: 100% (${num(r)}/${num(r)}), done. Unpacking objects: 100%, index-pack ${r.text(hex, 40)}`,
  (r) =>
    `diff --git a/src/auth/token.ts b/src/auth/token.ts index ${r.text(hex, 7)}..${r.text(hex, 7)} 100644`,
  () => `+  const token = await this.tokenService.issue(user.id);`,
  () => `-    if (password.length < 8) throw new WeakPasswordError();`,
  () => `> const secret = process.env.SESSION_SECRET ?? crypto.randomBytes(32).toString('hex')`,
  () => `  password: config.get('db.password'),`,
  () => `  "scripts": { "token": "node scripts/print-token.js" },`,
  (r) =>
    `yarn: info fsevents@2.3.3: The platform "linux" is incompatible with this module. integrity sha512-${r.text(b64, 86)}==`,
  (r) => `poetry: • Installing cryptography (42.0.5): hash sha256:${r.text(hex, 64)}`,
  (r) => `cargo: checksum for \`ring v0.17.8\` changed between lock files: ${r.text(hex, 64)}`,
  (r) => `gradle: > Task :auth:compileTestJava FROM-CACHE build cache key ${r.text(hex, 32)}`,
  (r) =>
    `bazel: (${clock(r)}) INFO: Invocation ID: ${uuid(r)} Analyzed target //auth/token:token_test (${num(r, 90)} packages loaded)`,
  (r) => `terraform: module.vpc.aws_subnet.private[0]: Refreshing state... [id=subnet-0${r.text(hex, 16)}]`,
  () => `aws_iam_access_key.ci: Creation complete after 1s [id=<sensitive>]`,
  () => `  + secret_string        = (sensitive value) + version_id = (known after apply)`,
  () => `pulumi:  +  random:index:RandomPassword db created  [secret]`,
  () =>
    `helm: coalesce.go:289: warning: destination for postgresql.auth.existingSecret is a table. Ignoring non-table value ()`,
  (r) => `kustomize: secretGenerator db-credentials-${r.text(pod, 10)} created from literals`,
  () => `ansible: ok: [web1] => (item={'name': 'deploy', 'update_password': 'on_create'})`,
  (r) =>
    `prometheus: ts=${iso(r)} caller=scrape.go:1297 level=debug component="scrape manager" scrape_pool=serviceMonitor/auth/token-service/0 target=http://${ip(r)}:8080/metrics msg="Scrape failed" err="server returned HTTP status 401 Unauthorized"`,
  (r) =>
    `auth_requests_total{method="password",result="failure"} ${num(r)} # {trace_id="${r.text(hex, 32)}"} 1 ${r.text(digits, 10)}.123`,
  (r) => `go_gc_duration_seconds{quantile="0.75"} ${r.number(9)}.${r.text(digits, 6)}e-05`,
  (r) => `jaeger: span reported ${r.text(hex, 16)}:${r.text(hex, 16)}:${r.text(hex, 16)}:1`,
  (r) =>
    `uber-trace-id: ${r.text(hex, 16)}:${r.text(hex, 16)}:0:1 b3: ${r.text(hex, 32)}-${r.text(hex, 16)}-1`,
  (r) => `x-datadog-trace-id: ${r.text(digits, 19)} x-datadog-parent-id: ${r.text(digits, 19)}`,
  (r) =>
    `x-goog-hash: crc32c=${r.text(b64, 6)}== x-goog-hash: md5=${r.text(b64, 22)}== x-guploader-uploadid: ${r.text(base64url, 92)}`,
  (r) =>
    `Content-MD5: ${r.text(b64, 22)}== Content-Security-Policy: script-src 'nonce-${r.text(b64, 22)}==' 'sha256-${r.text(b64, 43)}='`,
  (r) => `Sec-WebSocket-Key: ${r.text(b64, 22)}== Sec-WebSocket-Version: 13`,
  (r) => `If-None-Match: "${r.text(hex, 32)}" Range: bytes=0-${num(r)}`,
  (r) =>
    `Report-To: {"group":"default","max_age":10886400,"endpoints":[{"url":"https://report.example.org/${r.text(base64url, 22)}"}]}`,
  (r) => `GET /_next/static/chunks/pages/reset-password-${r.text(hex, 16)}.js 200 in ${num(r, 90)}ms`,
  (r) => `GET /assets/index-${r.text(base64url, 8)}.js HTTP/1.1 304`,
  (r) => `POST /api/v2/auth/login 401 Unauthorized - ${num(r, 90)}ms`,
  (r) =>
    `GET /api/users/${r.text(hex, 24)}/sessions?limit=20&cursor=${base64(`{"id":${num(r)},"dir":"next"}`)} 200`,
  () => `GET /search?q=how+to+reset+password&lang=en&utm_source=mail 200`,
  (r) => `GET /v1/secrets/${word(r)}/versions/latest 404 Not Found`,
  () => `redirect /login?next=/account/tokens&reason=session_expired`,
  (r) => `mongo object id ${r.text(hex, 24)} not found in collection tokens`,
  (r) => `ulid 01J${r.text(upper, 23)} accepted into queue password-mails`,
  (r) => `ksuid 2${r.text(alnum, 26)} written to partition ${num(r, 90)}`,
  (r) => `nanoid ${r.text(base64url, 21)} assigned to room lobby`,
  (r) => `firebase uid ${r.text(alnum, 28)} signed in`,
  (r) => `chat completion chatcmpl-${r.text(alnum, 29)} finished, reason=stop`,
  (r) =>
    `stripe charge ch_${r.text(alnum, 24)} for invoice in_${r.text(alnum, 24)} failed: card_declined request req_${r.text(alnum, 14)}`,
  (r) => `checkout session cs_live_a1 expired for cus_${r.text(alnum, 14)}`,
  (r) => `twilio message SM${r.text(hex, 32)} delivered, account AC${r.text(hex, 32)}`,
  (r) => `slack event Ev${r.text(upper, 10)} in channel C${r.text(upper, 10)} by U${r.text(upper, 10)}`,
  (r) => `s3 version id ${r.text(alnum, 32)} deleted`,
  (r) => `sqs receipt for message ${uuid(r)} md5 ${r.text(hex, 32)} sequence ${r.text(digits, 20)}`,
  (r) => `kinesis shardId-${r.text(digits, 12)} iterator at sequence ${r.text(digits, 56)}`,
  (r) =>
    `dynamodb: ConditionalCheckFailedException for key {"pk":{"S":"USER#${num(r)}"},"sk":{"S":"TOKEN#${uuid(r)}"}}`,
  (r) =>
    `bitcoin: UpdateTip: new best=${'0'.repeat(18)}${r.text(hex, 46)} height=${num(r)} version=0x2000${r.text(hex, 4)}`,
  (r) =>
    `eth: Imported new potential chain segment number=${num(r)} hash=${r.text(hex, 6)}..${r.text(hex, 6)} tx 0x${r.text(hex, 64)} from 0x${r.text(hex, 40)}`,
  (r) => `matrix: event $${r.text(base64url, 43)} in room !${r.text(alnum, 18)}:example.org rejected`,
  (r) =>
    `nats: consumer "ORDERS > ${r.text(alnum, 8)}" ephemeral, inbox _INBOX.${r.text(alnum, 22)}.${r.text(alnum, 8)}`,
  (r) =>
    `tailscaled: magicsock: disco: node [${r.text(alnum, 5)}] d:${r.text(hex, 16)} now using ${ip(r)}:41641`,
  (r) => `nodekey:${r.text(hex, 64)} machine authorized`,
  (r) => `libp2p peer 12D3KooW${r.text(alnum, 44)} connected`,
  (r) => `ipfs add Qm${r.text(alnum, 44)} pinned recursively`,
  (r) =>
    `model checkpoint sha256:${r.text(hex, 64)} tokenizer.json vocab 32000 special_tokens_map.json added_tokens ${num(r, 90)}`,
  (r) => `epoch ${num(r, 9)} step ${num(r)} loss 2.${num(r, 999)} tokens/s ${num(r)} lr 1.0e-04`,
  (r) => `key=${word(r)} value=${num(r)} offset=${num(r)} partition=${num(r, 90)}`,
  (r) => `key: user:${num(r)}:cart ttl: ${num(r)} type: hash`,
  (r) => `keys evicted: ${num(r)}, key space hits ${num(r)}, expired keys ${num(r)}`,
  () => `pressed key: ArrowDown code: KeyboardEvent.key=40`,
  (r) => `primary key id=${uuid(r)} foreign key customer_id=${uuid(r)}`,
];
