import { alphabets, base64, inventedWord, uuid, type Random } from '../random.ts';
import type { Line } from './kit.ts';

/** Fourth corpus, ordinary lines: servers, databases, brokers, the cluster's own parts. */

const { alnum, hex, lowerDigits, digits, base64url, pod } = alphabets;
const b64 = alphabets.base64;
const ip = (r: Random): string => `10.${r.number(255)}.${r.number(255)}.${r.number(255)}`;
const num = (r: Random, below = 100_000): string => String(r.number(below));
const day = (r: Random): string => `2026-0${r.number(9) + 1}-1${r.number(9)}`;
const clock = (r: Random): string => `1${r.number(9)}:${10 + r.number(49)}:${10 + r.number(49)}`;
const iso = (r: Random): string => `${day(r)}T${clock(r)}.${100 + r.number(899)}Z`;
const word = (r: Random): string => inventedWord(r, 2);
const podName = (r: Random): string => `${word(r)}-${r.text(pod, 10)}-${r.text(pod, 5)}`;
const version = (r: Random): string => `${r.number(9)}.${r.number(40)}.${r.number(20)}`;

export const serviceLines: readonly Line[] = [
  // web servers and proxies
  (r) =>
    `${ip(r)} - - [14/Apr/2026:${clock(r)} +0000] "GET /static/js/main.${r.text(hex, 8)}.chunk.js HTTP/1.1" 200 ${num(r)} "https://shop.example.org/" "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X)"`,
  (r) =>
    `${ip(r)} - alice [14/Apr/2026:${clock(r)} +0000] "POST /api/token/refresh HTTP/2.0" 401 58 "-" "okhttp/4.12.0" rt=0.${num(r, 999)} uct="0.001" uht="0.020" urt="0.020"`,
  (r) =>
    `2026/04/14 ${clock(r)} [warn] 29#29: *${num(r)} a client request body is buffered to a temporary file /var/cache/nginx/client_temp/${r.text(digits, 10)}, client: ${ip(r)}, server: _, request: "PUT /v1/objects/${uuid(r)} HTTP/1.1", host: "api.example.org"`,
  (r) =>
    `2026/04/14 ${clock(r)} [error] 29#29: *${num(r)} user "bob": password mismatch, client: ${ip(r)}, server: ops.example.org, request: "GET / HTTP/1.1", host: "ops.example.org"`,
  (r) =>
    `2026/04/14 ${clock(r)} [error] 7#7: *${num(r)} no user/password was provided for basic authentication, client: ${ip(r)}`,
  (r) =>
    `[Tue Apr 14 ${clock(r)}.${num(r, 999999)} 2026] [authz_core:error] [pid ${num(r, 9999)}:tid ${r.text(digits, 15)}] [client ${ip(r)}:${num(r, 60000)}] AH01630: client denied by server configuration: /usr/local/apache2/htdocs/.htpasswd`,
  (r) =>
    `[Tue Apr 14 ${clock(r)} 2026] [mpm_event:notice] [pid 1:tid ${r.text(digits, 15)}] AH00489: Apache/2.4.58 (Unix) configured -- resuming normal operations`,
  (r) =>
    `[${iso(r)}] "GET /productpage HTTP/1.1" 200 - via_upstream - "-" 0 ${num(r, 9000)} ${num(r, 90)} ${num(r, 90)} "-" "curl/8.5.0" "${uuid(r)}" "productpage:9080" "${ip(r)}:9080" inbound|9080|| 127.0.0.6:${num(r, 60000)} ${ip(r)}:9080 ${ip(r)}:0 - default`,
  (r) =>
    `{"authority":"cart.shop:8080","bytes_received":0,"bytes_sent":${num(r)},"duration":${num(r, 900)},"method":"POST","path":"/oauth2/token","protocol":"HTTP/2","request_id":"${uuid(r)}","response_code":200,"response_flags":"-","start_time":"${iso(r)}","upstream_cluster":"outbound|8080||cart.shop.svc.cluster.local","user_agent":"grpc-java-netty/1.60.0"}`,
  (r) =>
    `[${iso(r)}][critical][main] [source/server/server.cc:${num(r, 900)}] error initializing configuration '/etc/envoy/envoy.yaml': Unable to parse JSON as proto`,
  (r) =>
    `time="${iso(r)}" level=error msg="error while fetching ACME challenge token" providerName=le.acme domain=www.example.org rule="Host(\`www.example.org\`)"`,
  (r) =>
    `haproxy[${num(r, 99)}]: ${ip(r)}:${num(r, 60000)} [14/Apr/2026:${clock(r)}.123] fe_https~ be_app/app1 0/0/1/${num(r, 300)}/${num(r, 300)} 200 ${num(r)} - - ---- 12/12/0/0/0 0/0 "GET /session/keepalive HTTP/1.1"`,
  (r) =>
    `{"level":"info","ts":${num(r)}.${num(r)},"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"${ip(r)}","proto":"HTTP/3.0","method":"GET","host":"x.example.org","uri":"/","headers":{"User-Agent":["Mozilla/5.0"],"Accept-Encoding":["gzip"]}},"status":304}`,
  (r) => `varnishncsa: ${ip(r)} GET /img/${r.text(alnum, 12)}.webp HTTP/1.1 200 hit XID=${num(r)}`,
  // cluster components
  (r) =>
    `I0414 ${clock(r)}.${num(r, 999999)}       1 reconciler_common.go:258] "operationExecutor.VerifyControllerAttachedVolume started for volume \\"kube-api-access-${r.text(pod, 5)}\\" (UniqueName: \\"kubernetes.io/projected/${uuid(r)}-kube-api-access-${r.text(pod, 5)}\\") pod \\"${podName(r)}\\" (UID: \\"${uuid(r)}\\") " pod="shop/${podName(r)}"`,
  (r) =>
    `E0414 ${clock(r)}.${num(r, 999999)}    1201 kubelet_pods.go:349] "Couldn't get secret shop/db-credentials: secret \\"db-credentials\\" not found" pod="shop/${podName(r)}"`,
  (r) =>
    `W0414 ${clock(r)}.${num(r, 999999)}       1 reflector.go:539] k8s.io/client-go/informers/factory.go:150: failed to list *v1.Secret: secrets is forbidden: User "system:serviceaccount:shop:default" cannot list resource "secrets" in API group "" at the cluster scope`,
  (r) =>
    `E0414 ${clock(r)}.${num(r, 999999)}       1 authentication.go:73] "Unable to authenticate the request" err="[invalid bearer token, service account token has expired]"`,
  (r) =>
    `I0414 ${clock(r)}.${num(r, 999999)}       1 controller.go:615] quota admission added evaluator for: serviceaccounts`,
  (r) =>
    `I0414 ${clock(r)}.${num(r, 999999)}       1 trace.go:236] Trace[${num(r)}]: "Get" accept:application/vnd.kubernetes.protobuf,audit-id:${uuid(r)},client:${ip(r)},api-group:,api-version:v1,name:token-cleaner,resource:secrets (14-Apr-2026 ${clock(r)}.000) (total time: ${num(r, 900)}ms):`,
  (r) =>
    `Warning  FailedMount  ${num(r, 50)}s (x${num(r, 9)} over 5m)  kubelet  MountVolume.SetUp failed for volume "tls-secret" : secret "web-tls" not found`,
  (r) =>
    `Normal  Pulled  3m  kubelet  Successfully pulled image "registry.example.org/team/auth-token-service:v${version(r)}" in 1.${num(r, 999)}s (1.${num(r, 999)}s including waiting). Image size: ${num(r)} bytes.`,
  (r) =>
    `Failed to pull image "ghcr.example.org/acme/secret-manager@sha256:${r.text(hex, 64)}": rpc error: code = NotFound desc = failed to resolve reference`,
  () => `Error: couldn't find key DB_PASSWORD in Secret shop/db-credentials`,
  (r) =>
    `{"level":"warn","ts":"${iso(r)}","caller":"etcdserver/util.go:170","msg":"apply request took too long","took":"${num(r, 900)}.123ms","expected-duration":"100ms","prefix":"read-only range ","request":"key:\\"/registry/secrets/shop/\\" range_end:\\"/registry/secrets/shop0\\" ","response":"range_response_count:${num(r, 50)} size:${num(r)}"}`,
  (r) =>
    `{"level":"info","ts":"${iso(r)}","caller":"mvcc/hash.go:137","msg":"storing new hash","hash":${r.text(digits, 10)},"revision":${num(r)},"compact-revision":${num(r)}}`,
  (r) =>
    `time="${iso(r)}" level=info msg="PullImage \\"docker.example.org/library/redis:7\\" returns image reference \\"sha256:${r.text(hex, 64)}\\""`,
  (r) => `time="${iso(r)}" level=info msg="shim disconnected" id=${r.text(hex, 64)} namespace=k8s.io`,
  (r) =>
    `[INFO] ${ip(r)}:${num(r, 60000)} - ${num(r, 60000)} "AAAA IN token-service.shop.svc.cluster.local. udp 61 false 512" NXDOMAIN qr,aa,rd 154 0.000${num(r, 999)}s`,
  (r) =>
    `{"ts":"${iso(r)}","level":"info","logger":"cert-manager.controller","msg":"Certificate must be re-issued","key":"shop/web-tls","reason":"SecretMismatch","message":"Issuing certificate as Secret does not contain a certificate"}`,
  (r) =>
    `level=info ts=${iso(r)} caller=secrets.go:88 component=external-secrets msg="reconciled secret" ExternalSecret.Name=db-credentials ExternalSecret.Namespace=shop SecretStore.Name=vault-backend`,
  (r) =>
    `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"${uuid(r)}","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/shop/serviceaccounts/default/token","verb":"create","user":{"username":"system:node:worker-${num(r, 40)}","groups":["system:nodes"]},"responseStatus":{"code":201}}`,
  (r) =>
    `cilium-agent level=info msg="Policy Add Request" ciliumNetworkPolicy="[&{EndpointSelector:{\\"matchLabels\\":{\\"any:app\\":\\"auth\\"}}}]" policyAddRequest=${uuid(r)} subsys=daemon`,
  (r) =>
    `argocd-application-controller time="${iso(r)}" level=info msg="Comparing app state (cluster: https://kubernetes.default.svc, namespace: shop)" application=argocd/shop`,
  (r) =>
    `{"severity":"INFO","timestamp":"${iso(r)}","logger":"keda","message":"Reconciling ScaledObject","triggerAuthentication":"kafka-auth","namespace":"shop","reconcileID":"${uuid(r)}"}`,
  () => `vault [INFO]  core: security barrier not initialized`,
  (r) =>
    `vault [WARN]  core: stored keys supported on init, forcing shares/threshold to 1; unseal key shares: ${num(r, 9)}`,
  (r) =>
    `vault 2026-04-14T${clock(r)}.001Z [INFO]  expiration: revoked lease: lease_id=auth/kubernetes/login/h${r.text(hex, 64)}`,
  (r) =>
    `velero time="${iso(r)}" level=info msg="Backed up ${num(r, 90)} items out of an estimated total of ${num(r, 900)}" backup=velero/daily-2026 name=default-token-${r.text(pod, 5)} resource=secrets`,
  // databases and brokers
  (r) =>
    `${day(r)} ${clock(r)}.${num(r, 999)} UTC [${num(r, 999)}] FATAL:  password authentication failed for user "app"`,
  (r) =>
    `${day(r)} ${clock(r)}.${num(r, 999)} UTC [${num(r, 999)}] DETAIL:  Connection matched pg_hba.conf line 100: "host all all all scram-sha-256"`,
  (r) =>
    `${day(r)} ${clock(r)} UTC [${num(r, 999)}] ERROR:  duplicate key value violates unique constraint "users_email_key"`,
  (r) =>
    `${day(r)} ${clock(r)} UTC [${num(r, 999)}] DETAIL:  Key (order_id, token_type)=(${num(r)}, refresh) already exists.`,
  (r) =>
    `${day(r)} ${clock(r)} UTC [${num(r, 999)}] LOG:  duration: ${num(r, 9000)}.123 ms  statement: SELECT id, password_hash, token_version FROM users WHERE id = $1`,
  (r) =>
    `${day(r)} ${clock(r)} UTC [${num(r, 999)}] STATEMENT:  ALTER TABLE accounts ADD COLUMN api_key_id uuid REFERENCES api_keys(id)`,
  (r) =>
    `LOG:  checkpoint complete: wrote ${num(r)} buffers (0.1%); 0 WAL file(s) added, 0 removed, 1 recycled; write=2.${num(r, 999)} s, sync=0.004 s, total=2.${num(r, 999)} s; lsn=0/${r.text(hex, 7).toUpperCase()}, redo lsn=0/${r.text(hex, 7).toUpperCase()}`,
  (r) =>
    `${iso(r)} ${num(r, 90)} [Note] [MY-010054] [Server] Access denied for user 'app'@'${ip(r)}' (using password: YES)`,
  () => `ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: NO)`,
  (r) =>
    `${iso(r)} 0 [Warning] [MY-013360] [Server] Plugin mysql_native_password reported: ''mysql_native_password' is deprecated and will be removed in a future release. Please use caching_sha2_password instead'`,
  (r) => `${iso(r)} 0 [Warning] [MY-010068] [Server] CA certificate ca.pem is self signed.`,
  (r) =>
    `1:M 14 Apr 2026 ${clock(r)}.${num(r, 999)} # Warning: no config file specified, using the default config. Primary replication id ${r.text(hex, 40)}`,
  (r) =>
    `1:S 14 Apr 2026 ${clock(r)}.${num(r, 999)} * MASTER <-> REPLICA sync: receiving ${num(r)} bytes from master to disk`,
  () => `(error) NOAUTH Authentication required.`,
  () => `WRONGPASS invalid username-password pair or user is disabled.`,
  (r) =>
    `{"t":{"$date":"${iso(r)}"},"s":"I","c":"ACCESS","id":20249,"ctx":"conn${num(r)}","msg":"Authentication failed","attr":{"mechanism":"SCRAM-SHA-256","speculative":true,"principalName":"app","authenticationDatabase":"admin","remote":"${ip(r)}:${num(r, 60000)}","error":"UserNotFound: Could not find user \\"app\\" for db \\"admin\\""}}`,
  (r) =>
    `[${day(r)} ${clock(r)},${num(r, 999)}] INFO [GroupCoordinator 1]: Preparing to rebalance group payments in state PreparingRebalance with old generation ${num(r, 99)} (__consumer_offsets-${num(r, 49)}) (reason: Adding new member consumer-payments-1-${uuid(r)} with group instance id None)`,
  (r) =>
    `[${day(r)} ${clock(r)},${num(r, 999)}] INFO [SocketServer brokerId=1] Failed authentication with /${ip(r)} (Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512) (org.apache.kafka.common.network.Selector)`,
  (r) => `INFO Cluster ID = ${r.text(base64url, 22)} (kafka.server.KafkaServer)`,
  () => `   ssl.keystore.password = null`,
  () =>
    `   sasl.login.refresh.window.factor = 0.8  key.serializer = class org.apache.kafka.common.serialization.StringSerializer`,
  () =>
    `ProducerConfig values: 	acks = -1 	batch.size = 16384 	sasl.jaas.config = null 	security.protocol = PLAINTEXT 	ssl.key.password = null 	transactional.id = null`,
  (r) =>
    `${day(r)} ${clock(r)}.${num(r, 999)} [error] <0.${num(r, 9999)}.0> PLAIN login refused: user 'guest' - invalid credentials`,
  (r) =>
    `${day(r)} ${clock(r)}.${num(r, 999)} [info] <0.${num(r, 9999)}.0> connection <0.${num(r, 9999)}.0> (${ip(r)}:${num(r, 60000)} -> ${ip(r)}:5672): user 'app' authenticated and granted access to vhost '/'`,
  (r) => `[${num(r)}] ${day(r)} [INF] Server ID: N${r.text(alphabets.base32, 55)}`,
  (r) =>
    `[${iso(r)}][INFO ][o.e.c.r.a.AllocationService] [es-0] Cluster health status changed from [YELLOW] to [GREEN] (reason: [shards started [[.security-7][0]]]).`,
  (r) =>
    `[${iso(r)}][WARN ][o.e.x.s.a.AuthenticationService] [es-1] Authentication to realm file failed - Password authentication failed for kibana_system`,
  (r) =>
    `<Information> Application: Query id ${uuid(r)} finished: read_rows ${num(r)} read_bytes ${num(r)} user default`,
  (r) =>
    `INFO  [main] ${day(r)} ${clock(r)} StorageService.java:${num(r, 999)} - Token metadata: Normal Tokens: /${ip(r)}:7000:[-${r.text(digits, 19)}]`,
  (r) =>
    `minio API: PutObject(bucket=logs, object=2026/04/${r.text(alnum, 20)}.gz) Time: ${clock(r)} UTC DeploymentID: ${uuid(r)} RequestID: ${r.text(hex, 16).toUpperCase()}`,
  (r) =>
    `<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>reports/2026.csv</Key><RequestId>${r.text(hex, 16).toUpperCase()}</RequestId><HostId>${r.text(b64, 74)}=</HostId></Error>`,
  (r) =>
    `An error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:aws:sts::123456789012:assumed-role/app/i-0${r.text(hex, 16)} is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-${r.text(alnum, 6)}`,
  (r) =>
    `ResourceNotFoundException: Secrets Manager can't find the specified secret. status code: 400, request id: ${uuid(r)}`,
  (r) =>
    `InvalidClientTokenId: The security token included in the request is invalid. status code: 403, request id: ${uuid(r)}`,
  () =>
    `googleapi: Error 403: Permission 'secretmanager.versions.access' denied for resource 'projects/acme/secrets/db-password/versions/latest' (or it may not exist)., forbidden`,
  (r) =>
    `AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${uuid(r)}'. Trace ID: ${uuid(r)} Correlation ID: ${uuid(r)} Timestamp: ${day(r)} ${clock(r)}Z`,
  // system
  (r) =>
    `Apr 14 ${clock(r)} worker-1 kernel: [${num(r)}.${num(r, 999999)}] Memory cgroup out of memory: Killed process ${num(r)} (java) total-vm:${num(r)}kB, anon-rss:${num(r)}kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:${num(r, 9999)}kB oom_score_adj:937`,
  (r) =>
    `Apr 14 ${clock(r)} worker-1 kernel: audit: type=1400 audit(${num(r)}.123:${num(r, 999)}): apparmor="DENIED" operation="open" profile="cri-containerd.apparmor.d" name="/etc/shadow" pid=${num(r)} comm="cat" requested_mask="r" denied_mask="r" fsuid=0 ouid=0`,
  (r) =>
    `Apr 14 ${clock(r)} host sshd[${num(r)}]: Failed password for invalid user oracle from ${ip(r)} port ${num(r, 60000)} ssh2`,
  (r) =>
    `Apr 14 ${clock(r)} host sshd[${num(r)}]: Accepted publickey for deploy from ${ip(r)} port ${num(r, 60000)} ssh2: ED25519 SHA256:${r.text(b64, 43)}`,
  (r) =>
    `Apr 14 ${clock(r)} host sudo: pam_unix(sudo:auth): authentication failure; logname=bob uid=1000 euid=0 tty=/dev/pts/0 ruser=bob rhost=  user=bob`,
  (r) =>
    `Apr 14 ${clock(r)} host systemd[1]: Started systemd-ask-password-console.path - Dispatch Password Requests to Console Directory Watch.`,
  (r) =>
    `Apr 14 ${clock(r)} host dockerd[${num(r, 999)}]: time="${iso(r)}" level=warning msg="Registry credentials helper not found: docker-credential-secretservice"`,
  (r) =>
    `Apr 14 ${clock(r)} host CRON[${num(r)}]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)`,
  () =>
    `# HELP apiserver_requested_deprecated_apis Gauge of deprecated APIs that have been requested, broken out by API group`,
  (r) => `apiserver_storage_objects{resource="secrets"} ${num(r)}`,
  (r) => `vault_token_count{auth_method="kubernetes",namespace="root"} ${num(r)} ${r.text(digits, 13)}`,
  (r) => `http_request_duration_seconds_bucket{handler="/oauth/token",method="POST",le="0.25"} ${num(r)}`,
  (r) => `process_start_time_seconds 1.7${r.text(digits, 8)}e+09`,
  (r) =>
    `level=warn ts=${iso(r)} caller=manager.go:684 component="rule manager" group=auth msg="Evaluating rule failed" rule="alert: TokenErrorsHigh\\nexpr: rate(token_errors_total[5m]) > 0" err="query timed out"`,
  (r) =>
    `loki level=info ts=${iso(r)} caller=metrics.go:159 component=querier org_id=fake traceID=${r.text(hex, 16)} latency=fast query="{app=\\"auth\\"} |= \\"password\\"" query_hash=${r.text(digits, 10)} query_type=filter`,
  (r) =>
    `kubeproxy iptables-restore: *nat :KUBE-SVC-${r.text(alphabets.base32, 16)} - [0:0] -A KUBE-SEP-${r.text(alphabets.base32, 16)} -s ${ip(r)}/32 -j KUBE-MARK-MASQ`,
  (r) =>
    `calico/node: Using autodetected IPv4 address on interface eth0: ${ip(r)}/24, nodename ip-10-0-1-2.eu-west-1.compute.internal`,
  (r) => `longhorn level=info msg="Replica pvc-${uuid(r)}-r-${r.text(hex, 8)} is running" node=worker-1`,
  (r) =>
    `MountVolume.MountDevice failed for volume "pvc-${uuid(r)}" : rpc error: code = Internal desc = Could not attach volume "vol-0${r.text(hex, 16)}" to node "i-0${r.text(hex, 16)}"`,
  (r) => `ETag: W/"${r.text(hex, 4)}-${r.text(b64, 27)}" Last-Modified: Tue, 14 Apr 2026 ${clock(r)} GMT`,
  (r) =>
    `{"id":"${r.text(lowerDigits, 25)}","kind":"checkout.session","data":"${base64(`order ${num(r)} accepted at ${iso(r)} by the till`)}"}`,
];
