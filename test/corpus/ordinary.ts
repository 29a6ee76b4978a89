import { alphabets, base64, inventedWord, uuid, type Random } from './random.ts';

const { hex, lowerDigits, pod, digits, alnum } = alphabets;
const b64 = alphabets.base64;

/** Values that ordinary lines are full of and that look like secrets to a careless rule. */
function values(r: Random) {
  const two = (below: number): string => String(r.number(below)).padStart(2, '0');
  const day = `2026-${two(12)}-${two(28)}`;
  const clock = `${two(24)}:${two(60)}:${two(60)}`;
  const app = r.pick([
    'checkout',
    'payments-api',
    'auth-service',
    'token-service',
    'secrets-operator',
    'keycloak',
    'vault-agent',
    'session-store',
    'cart',
    'search',
  ]);
  return {
    day,
    clock,
    iso: `${day}T${clock}.${r.text(digits, 3)}Z`,
    syslog: `Mar ${String(r.number(28) + 1).padStart(2)} ${clock}`,
    app,
    name: inventedWord(r),
    namespace: r.pick(['default', 'kube-system', 'prod', 'team-a', 'security']),
    pod: `${app}-${r.text(pod, 9)}-${r.text(pod, 5)}`,
    node: r.pick([
      `ip-10-0-${r.number(255)}-${r.number(255)}.eu-west-1.compute.internal`,
      `gke-prod-pool-1-${r.text(hex, 8)}-${r.text(pod, 4)}`,
      `worker-${r.number(40)}`,
    ]),
    uid: uuid(r),
    sha: r.text(hex, 40),
    short: r.text(hex, 7),
    digest: `sha256:${r.text(hex, 64)}`,
    md5: r.text(hex, 32),
    trace: r.text(hex, 32),
    span: r.text(hex, 16),
    ip: `10.${r.number(255)}.${r.number(255)}.${r.number(255)}`,
    port: String(1024 + r.number(60000)),
    ms: String(r.number(9000)),
    n: String(r.number(100000)),
    file: r.pick([
      'token.go',
      'auth.go',
      'secret_manager.go',
      'password_reset.go',
      'key_cache.go',
      'server.go',
    ]),
    line: String(r.number(900) + 1),
    version: `${r.number(9)}.${r.number(30)}.${r.number(30)}`,
    path: `/api/v1/${r.pick(['users', 'orders', 'tokens', 'sessions', 'secrets'])}/${r.number(9999)}`,
    instance: `i-0${r.text(hex, 16)}`,
    epoch: String(1_760_000_000_000 + r.number(1e9)),
    blob: r.text(b64, 96),
    short64: base64(r.text(alnum, 12)),
    id: r.text(lowerDigits, 20),
    user: r.pick(['app', 'postgres', 'alice', 'svc-deploy', 'admin', 'root']),
  };
}

type Values = ReturnType<typeof values>;

/** Lines of real kinds of programs, retold; each takes fresh values. */
const templates: readonly ((v: Values) => string)[] = [
  // Web servers
  (v) =>
    `${v.ip} - - [12/Mar/2026:${v.clock} +0000] "GET ${v.path}?page=2&limit=50&sort=created_at HTTP/1.1" 200 ${v.n} "-" "Mozilla/5.0 (X11; Linux x86_64)"`,
  (v) =>
    `${v.ip} - ${v.user} [12/Mar/2026:${v.clock} +0000] "POST /oauth/token HTTP/1.1" 401 ${v.ms} "https://shop.example.com/login?next=%2Fcart" "curl/8.4.0"`,
  (v) =>
    `${v.day.replaceAll('-', '/')} ${v.clock} [error] 31#31: *${v.n} connect() failed (111: Connection refused) while connecting to upstream, client: ${v.ip}, server: _, request: "GET ${v.path} HTTP/1.1", upstream: "http://${v.ip}:8080${v.path}"`,
  (v) =>
    `[${v.iso}] "GET ${v.path} HTTP/2" 503 UF,URX 0 91 ${v.ms} - "-" "okhttp/4.9" "${v.uid}" "${v.app}.${v.namespace}.svc.cluster.local" "${v.ip}:8080" outbound|8080||${v.app}`,
  (v) =>
    `time="${v.iso}" level=info msg="request completed" method=GET path=${v.path} status=200 request_id=${v.uid} trace_id=${v.trace} took=${v.ms}ms`,
  (v) => `${v.ip} "GET /static/app.${v.short}.js?v=${v.md5} HTTP/1.1" 304`,
  // Databases
  (v) =>
    `${v.day} ${v.clock}.123 UTC [${v.line}] FATAL:  password authentication failed for user "${v.user}"`,
  (v) =>
    `${v.day} ${v.clock}.123 UTC [${v.line}] DETAIL:  Connection matched pg_hba.conf line 95: "host all all all scram-sha-256"`,
  (v) =>
    `${v.day} ${v.clock} UTC [${v.line}] LOG:  checkpoint complete: wrote ${v.n} buffers (0.3%); 0 WAL file(s) added; lsn=1/${v.short.toUpperCase()}`,
  (v) =>
    `${v.day} ${v.clock} UTC [${v.line}] ERROR:  duplicate key value violates unique constraint "users_${v.name}_key"`,
  (v) => `${v.day} ${v.clock} UTC [${v.line}] DETAIL:  Key (id)=(${v.uid}) already exists.`,
  (v) =>
    `${v.day}T${v.clock}.000000Z ${v.line} [Warning] [MY-010055] [Server] IP address '${v.ip}' could not be resolved`,
  (v) => `ERROR 1045 (28000): Access denied for user '${v.user}'@'${v.ip}' (using password: YES)`,
  (v) => `1:M 12 Mar 2026 ${v.clock}.123 * Background saving terminated with success`,
  (v) =>
    `1:S 12 Mar 2026 ${v.clock}.123 # MASTER aborted replication with an error: NOAUTH Authentication required.`,
  () => '(error) WRONGPASS invalid username-password pair or user is disabled.',
  (v) =>
    `{"t":{"$date":"${v.iso}"},"s":"I","c":"ACCESS","id":20249,"ctx":"conn${v.n}","msg":"Authentication failed","attr":{"mechanism":"SCRAM-SHA-256","principalName":"${v.user}","error":"AuthenticationFailed: SCRAM authentication failed, storedKey mismatch"}}`,
  (v) => `[${v.iso}][INFO ][o.e.x.s.a.TokenService ] [${v.app}-0] refreshed keys`,
  (v) =>
    `INFO  [CompactionExecutor:2] ${v.day} ${v.clock},123 CompactionTask.java:241 - Compacted 4 sstables, token=-${v.epoch}123`,
  (v) => `Cassandra range (-${v.epoch}1234,${v.epoch}4321] token ring updated`,
  // Kubernetes
  (v) =>
    `E0312 ${v.clock}.123456   ${v.line} pod_workers.go:1294] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"app\\" with CrashLoopBackOff: \\"back-off 5m0s restarting failed container=app pod=${v.pod}_${v.namespace}(${v.uid})\\"" pod="${v.namespace}/${v.pod}" podUID="${v.uid}"`,
  (v) =>
    `MountVolume.SetUp failed for volume "kube-api-access-${v.id.slice(0, 5)}" : failed to fetch token: serviceaccounts "${v.app}" not found`,
  (v) => `MountVolume.SetUp failed for volume "creds" : secret "${v.name}-creds" not found`,
  (v) => `Error: couldn't find key ${v.name.toUpperCase()}_PASSWORD in Secret ${v.namespace}/${v.name}-db`,
  (v) => `Error: secret "${v.app}-token-${v.id.slice(0, 5)}" not found`,
  (v) =>
    `Unable to attach or mount volumes: unmounted volumes=[secrets], unattached volumes=[secrets kube-api-access-${v.id.slice(0, 5)}]: timed out waiting for the condition`,
  (v) =>
    `Successfully pulled image "registry.example.com/team/${v.app}:v${v.version}" in 1.2s (1.2s including waiting). Image size: ${v.n}123 bytes.`,
  (v) =>
    `Failed to pull image "registry.example.com/${v.app}@${v.digest}": rpc error: code = NotFound desc = failed to pull and unpack image: not found`,
  (v) => `Failed to pull image "ghcr.io/acme/${v.app}:${v.sha}": unauthorized: authentication required`,
  () =>
    `FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.`,
  (v) => `    DB_PASSWORD:  <set to the key 'password' in secret '${v.name}-db'>  Optional: false`,
  (v) => `        secretKeyRef: {name: ${v.name}-db, key: password}`,
  (v) =>
    `    Mounts:  /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-${v.id.slice(0, 5)} (ro)`,
  (v) =>
    `I0312 ${v.clock}.000001       1 garbagecollector.go:549] "Deleting item" item="[v1/Secret, namespace: ${v.namespace}, name: ${v.name}-tls, uid: ${v.uid}]"`,
  (v) =>
    `{"level":"info","ts":"${v.iso}","caller":"etcdserver/server.go:2044","msg":"published local member to cluster through raft","local-member-id":"${v.span}","cluster-id":"${v.span}","publish-timeout":"7s"}`,
  (v) =>
    `{"level":"warn","ts":"${v.iso}","caller":"auth/simple_token.go:53","msg":"invalid auth token","token":"expired"}`,
  (v) =>
    `W0312 ${v.clock}.123 1 authentication.go:73] Unable to authenticate the request due to an error: [invalid bearer token, service account token has expired]`,
  (v) => `I0312 ${v.clock}.123 1 controller.go:615] quota admission added evaluator for: secrets`,
  (v) =>
    `Warning  Unhealthy  2m (x${v.line} over 10m)  kubelet  Readiness probe failed: HTTP probe failed with statuscode: 503`,
  (v) =>
    `containerd[${v.line}]: time="${v.iso}" level=info msg="StartContainer for \\"${v.digest.slice(7)}\\" returns successfully"`,
  (v) => `node/${v.node} NodeReady: kubelet is posting ready status, boot id ${v.uid}`,
  (v) => `Successfully assigned ${v.namespace}/${v.pod} to ${v.node}`,
  (v) =>
    `level=info ts=${v.iso} caller=klog.go:108 component=k8s_client_runtime func=Infof msg="Waited for 1.${v.ms}s due to client-side throttling, request: GET:https://10.96.0.1:443/api/v1/namespaces/${v.namespace}/secrets/${v.name}?timeout=10s"`,
  (v) =>
    `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"${v.uid}","verb":"get","requestURI":"/api/v1/namespaces/${v.namespace}/secrets/${v.name}-tls","user":{"username":"system:serviceaccount:${v.namespace}:${v.app}"}}`,
  (v) => `Certificate "${v.app}-tls" issued: serial ${v.trace}, fingerprint SHA256:${v.blob.slice(0, 43)}`,
  (v) =>
    `Accepted publickey for ${v.user} from ${v.ip} port ${v.port} ssh2: ED25519 SHA256:${v.blob.slice(0, 43)}`,
  // Go
  () => `panic: runtime error: invalid memory address or nil pointer dereference`,
  (v) => `goroutine ${v.line} [running]:`,
  (v) => `\t/go/src/github.com/acme/${v.app}/internal/auth/${v.file}:${v.line} +0x${v.short}`,
  (v) => `github.com/acme/${v.app}/pkg/token.(*Verifier).Verify(0xc000${v.short}, {0xc0001${v.short}, 0x2a})`,
  (v) => `${v.day} ${v.clock} ${v.file}:${v.line}: token is expired by ${v.ms}ms`,
  (v) =>
    `{"level":"error","msg":"could not verify token","error":"token has invalid claims: token is expired","request_id":"${v.uid}","trace_id":"${v.trace}"}`,
  () => 'jwt: signature is invalid: crypto/rsa: verification error',
  (v) => `level=error msg="invalid token: signature is invalid" user_id=${v.n} session=closed`,
  // Java
  (v) =>
    `${v.day} ${v.clock}.123  INFO 1 --- [nio-8080-exec-${v.line}] o.s.security.web.DefaultSecurityFilterChain  : Will secure any request with [o.s.s.w.csrf.CsrfFilter@${v.short}a]`,
  (v) =>
    `\tat org.springframework.security.oauth2.jwt.NimbusJwtDecoder.decode(NimbusJwtDecoder.java:${v.line})`,
  (v) => `\tat com.acme.auth.PasswordEncoderFactory$$EnhancerBySpringCGLIB$$${v.short}a.create(<generated>)`,
  () => 'Caused by: org.springframework.security.authentication.BadCredentialsException: Bad credentials',
  (v) => `java.lang.IllegalStateException: Token ${v.n} not found in cache for key user:${v.n}`,
  () => 'Caused by: java.security.UnrecoverableKeyException: Password verification failed',
  (v) =>
    `[${v.day} ${v.clock},123] INFO [GroupCoordinator 0]: Member consumer-${v.name}-1-${v.uid} in group ${v.name} has left`,
  (v) =>
    `[${v.day} ${v.clock},123] ERROR [SocketServer listenerType=ZK_BROKER, nodeId=1] Failed authentication with /${v.ip} (channelId=${v.ip}:9093-${v.ip}:${v.port}-${v.line}) (SSL handshake failed) (org.apache.kafka.common.network.Selector)`,
  (v) =>
    `[${v.day} ${v.clock},123] INFO KafkaConfig values: ssl.key.password = null ssl.keystore.location = /etc/kafka/keystore.jks ssl.keystore.password = [hidden] sasl.jaas.config = null`,
  () => 'HikariPool-1 - password: <masked>, poolName: main, maximumPoolSize: 10',
  (v) =>
    `WARN  o.a.h.security.UserGroupInformation: PriviledgedActionException as:${v.user} (auth:SIMPLE) cause:java.io.IOException`,
  // Node and browsers
  () => 'SyntaxError: Unexpected token \'<\', "<!DOCTYPE "... is not valid JSON',
  () => 'SyntaxError: Unexpected token } in JSON at position 42',
  (v) => `    at verifyToken (/app/node_modules/jsonwebtoken/verify.js:${v.line}:${v.line})`,
  (v) => `    at async TokenService.refresh (file:///app/dist/services/token-service.js:${v.line}:17)`,
  () => 'UnauthorizedError: jwt expired',
  () => 'Error: Missing required environment variable: DATABASE_PASSWORD',
  () => `npm ERR! code E401 npm ERR! Unable to authenticate, your authentication token seems to be invalid.`,
  (v) => `npm http fetch GET 200 https://npm.example.com/@acme%2f${v.name} ${v.ms}ms (cache revalidated)`,
  (v) => `added ${v.line} packages, integrity sha512-${v.blob.slice(0, 86)}==`,
  (v) => `webpack compiled: asset main.${v.span}.js 1.2 MiB [emitted] [immutable] (name: main)`,
  () => 'const token = req.headers.authorization?.split(" ")[1];',
  () => '    password: process.env.DB_PASSWORD,',
  // Python
  () => 'Traceback (most recent call last):',
  (v) => `  File "/usr/lib/python3.12/site-packages/${v.name}/auth/tokens.py", line ${v.line}, in refresh`,
  () => '    password = os.environ["DB_PASSWORD"]',
  () => '    token = self._get_token(user, scope=scope)',
  () => "KeyError: 'API_KEY'",
  () => '    raise InvalidToken("token is not valid") from error',
  () =>
    'django.db.utils.OperationalError: connection to server failed: FATAL:  password authentication failed for user "app"',
  () =>
    'pydantic.error_wrappers.ValidationError: 1 validation error for Settings: secret_key field required (type=value_error.missing)',
  (v) => `[${v.day} ${v.clock},123: INFO/MainProcess] Task app.tasks.rotate_keys[${v.uid}] received`,
  (v) => `INFO:     ${v.ip}:${v.port} - "POST /token HTTP/1.1" 422 Unprocessable Entity`,
  (v) =>
    `openai.RateLimitError: Rate limit reached for tokens per min (TPM): Limit 30000, Used ${v.n}, Requested 512. prompt_tokens=${v.ms} completion_tokens=${v.line} total_tokens=${v.n}`,
  (v) =>
    `{"event":"llm.call","model":"gpt-4o","max_tokens":4096,"usage":{"prompt_tokens":${v.ms},"completion_tokens":${v.line}},"id":"${v.uid}"}`,
  // Ruby, PHP, .NET, Rust
  (v) =>
    `I, [${v.iso} #1]  INFO -- : [${v.uid}] Parameters: {"user"=>{"email"=>"[FILTERED]", "password"=>"[FILTERED]"}, "authenticity_token"=>"[FILTERED]"}`,
  (v) =>
    `PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [1045] Access denied for user '${v.user}'@'${v.ip}' (using password: YES) in /var/www/html/index.php:${v.line}`,
  (v) =>
    `      Microsoft.IdentityModel.Tokens.SecurityTokenExpiredException: IDX10223: Lifetime validation failed. The token is expired. ValidTo (UTC): '${v.day}'`,
  (v) =>
    `info: Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager[58] Creating key {${v.uid}} with creation date ${v.day} ${v.clock}Z`,
  (v) =>
    `thread 'main' panicked at src/auth/token.rs:${v.line}:13: called \`Result::unwrap()\` on an \`Err\` value: Expired`,
  // System
  (v) => `${v.syslog} ${v.node} systemd[1]: Started user@1000.service - User Manager for UID 1000.`,
  (v) =>
    `${v.syslog} host sshd[${v.line}]: Failed password for invalid user ${v.user} from ${v.ip} port ${v.port} ssh2`,
  (v) =>
    `${v.syslog} host sudo: pam_unix(sudo:auth): authentication failure; logname= uid=1000 euid=0 tty=/dev/pts/0 ruser=${v.user} rhost=  user=${v.user}`,
  (v) =>
    `${v.syslog} host kernel: audit: type=1400 audit(${v.epoch.slice(0, 10)}.123:${v.line}): apparmor="DENIED" operation="open" profile="docker-default"`,
  (v) =>
    `${v.syslog} host systemd-cryptsetup[412]: Set cipher aes, mode xts-plain64, key size 512 bits for device /dev/disk/by-uuid/${v.uid}.`,
  (v) => `${v.day} ${v.clock} status installed libpam-modules:amd64 1.5.2-${v.line}ubuntu1.3`,
  (v) =>
    `Get:${v.line} http://archive.ubuntu.com/ubuntu noble/main amd64 gnome-keyring amd64 46.1-2build1 [${v.ms} kB]`,
  (v) => `[${v.n}.123456] nvme nvme0: I/O ${v.line} QID 4 timeout, aborting`,
  (v) => `usermod[${v.line}]: change user '${v.user}' password expiry from 0 to 90`,
  // Cloud, deployment, tools
  (v) =>
    `level=info msg="Reconciled" controller=externalsecret externalsecret=${v.namespace}/${v.name} secret=${v.name}-db refreshInterval=1h`,
  (v) => `${v.iso} [INFO]  core: security barrier not initialized; seal configuration missing`,
  (v) => `${v.iso} [INFO]  expiration: revoked lease: lease_id=auth/kubernetes/login/h${v.sha}`,
  () => `agent: (runner) rendered "/vault/secrets/db-creds.tpl" => "/vault/secrets/db-creds"`,
  (v) =>
    `aws-node: Successfully assumed role arn:aws:sts::${v.epoch.slice(0, 12)}:assumed-role/${v.app}-role/${v.instance}`,
  (v) =>
    `An error occurred (ExpiredToken) when calling the ListObjects operation: The provided token has expired. RequestId: ${v.id.toUpperCase().slice(0, 16)}`,
  (v) => `retrieved credentials from instance metadata for ${v.instance}, expires ${v.iso}`,
  (v) =>
    `Terraform will perform the following actions: aws_secretsmanager_secret.${v.name} will be updated in-place`,
  () => `      + password                = (sensitive value)`,
  (v) => `      ~ kms_key_id = "arn:aws:kms:eu-west-1:${v.epoch.slice(0, 12)}:key/${v.uid}"`,
  (v) =>
    `helm upgrade: release ${v.app} revision ${v.line}, secret sh.helm.release.v1.${v.app}.v${v.line} created`,
  (v) => `commit ${v.sha} Author: ${v.user} rotate signing keys and refresh token handling`,
  (v) => `From https://github.com/acme/${v.app} * branch main -> FETCH_HEAD ${v.short}..${v.short}`,
  (v) =>
    `argocd: Comparing app state (cluster: https://kubernetes.default.svc, namespace: ${v.namespace}) revision=${v.sha}`,
  () => `Step 4/9 : ARG NPM_TOKEN`,
  (v) => ` ---> Running in ${v.span.slice(0, 12)}`,
  (v) => `#12 sha256:${v.digest.slice(7)} 12.58MB / 30.45MB 0.4s`,
  (v) =>
    `level=info component=prometheus msg="TSDB head block" mint=${v.epoch} maxt=${v.epoch} ulid=01J${v.id.toUpperCase().slice(0, 23)}`,
  (v) =>
    `ts=${v.iso} level=warn component=notifier alertmanager=http://alertmanager:9093/api/v2/alerts count=1 msg="Error sending alert" err="bad response status 401 Unauthorized"`,
  // Values that look like secrets
  (v) => `uploaded image data:image/png;base64,${v.blob}${v.blob} for user ${v.n}`,
  (v) => `cache hit key=user:${v.n}:profile ttl=300s etag="${v.md5}"`,
  (v) =>
    `{"partition_key":"${v.name}#${v.n}","sort_key":"2026","primary_key":"id","routing_key":"orders.created"}`,
  (v) => `idempotency-key: ${v.uid} replayed`,
  (v) => `next_page_token=${v.blob.slice(0, 40)} returned ${v.line} items`,
  (v) => `{"nextPageToken":"${v.blob.slice(0, 44)}","kind":"list"}`,
  (v) => `message id <${v.id}.${v.span}@mail-${v.line}.local> queued`,
  (v) => `checksum mismatch: expected ${v.md5}, got ${v.md5}`,
  (v) => `session ${v.uid} closed after ${v.ms}ms`,
  (v) =>
    `zookeeper: Session 0x${v.span} for server ${v.ip}/${v.ip}:2181, sessionid = 0x${v.span}, negotiated timeout = 40000`,
  (v) => `X-Request-Id: ${v.uid} X-B3-TraceId: ${v.trace} X-B3-SpanId: ${v.span}`,
  (v) => `traceparent: 00-${v.trace}-${v.span}-01`,
  (v) => `object id ${v.sha.slice(0, 24)} updated in collection tokens`,
  (v) => `block ${v.sha}${v.short} height=${v.n} hash=0x${v.digest.slice(7)}`,
  // Words about secrets
  () => 'token expired',
  () => 'Error: the provided token is not valid, please log in again',
  () => 'authentication failed: password mismatch',
  (v) => `password reset requested for user ${v.n}, mail queued as ${v.name}`,
  (v) => `password changed for account ${v.n}`,
  () => 'password must be at least 12 characters and contain a digit',
  () => '{"errors":{"password":"must not be blank","token":"is invalid"}}',
  (v) => `rotating secret ${v.name}-tls: 3 keys, age 90d`,
  (v) => `token bucket refilled: tokens=${v.ms} rate=100/s burst=200`,
  (v) => `tokenizer loaded ${v.n} tokens, vocab ${v.n}, eos_token_id=2 pad_token=<pad>`,
  () => 'grant_type=refresh_token token_type=Bearer expires_in=3600 scope=openid',
  (v) => `"token_endpoint":"https://login.example.com/realms/${v.name}/protocol/openid-connect/token"`,
  (v) =>
    `oidc: issuer=https://login.example.com client_id=${v.app} authentication_method=client_secret_basic`,
  () => 'passed=118 failed=2 skipped=4 pass_rate=98.3%',
  (v) => `--- PASS: TestPasswordHashing (0.${v.line}s)`,
  (v) => `PASS: test_token_refresh (${v.ms} ms)`,
  () => `DB_PASSWORD_FILE=/run/secrets/db-password`,
  (v) => `reading key from /etc/ssl/private/${v.name}.key and password file /etc/${v.name}/passwd`,
  () => 'secretName: wildcard-tls',
  () => 'imagePullSecrets: [{name: regcred}]',
  (v) => `PWD=/app OLDPWD=/ HOSTNAME=${v.pod} HOME=/root`,
  () => 'password=*** user=app',
  () => 'DB_PASSWORD=${DB_PASSWORD} DB_HOST=${DB_HOST}',
  () => 'Authorization: [redacted]',
  () => 'Authorization header missing, expected "Bearer <token>"',
  () =>
    'WWW-Authenticate: Bearer realm="api", error="invalid_token", error_description="The access token expired"',
  () => 'HTTP/1.1 401 Unauthorized: Basic realm="Restricted"',
  (v) => `auth: method=ldap user=${v.user} result=denied reason="bad credentials"`,
  (v) => `keyspace=app compaction keys=${v.n} key_cache_size=${v.ms}MiB`,
  (v) => `public key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${v.blob.slice(0, 43)} ${v.user}@host`,
  (v) => `cookie consent accepted, cookie policy version ${v.version}`,
  (v) => `pin=${v.line.slice(0, 2)} gpio mode=output`,
  (v) => `error code: ${v.line} exit code=137 status code=503`,
  (v) => `auth.login.success user=${v.user} ip=${v.ip} ua="Mozilla/5.0"`,
  (v) => `gpg: using RSA key ${v.sha.toUpperCase()}`,
  (v) => `gpg: Good signature from "Release Key" [unknown], key ID ${v.span.toUpperCase()}`,
  (v) => `kid=${v.span} not found in JWKS, refreshing https://login.example.com/.well-known/jwks.json`,
  (v) => `2 secrets, 3 configmaps, 1 serviceaccount applied in ${v.ms}ms`,
  (v) => `http://${v.app}.${v.namespace}.svc.cluster.local:8080/healthz?verbose=true 200`,
  (v) => `rabbit@rabbitmq-0.rabbitmq.default.svc.cluster.local: connection <0.${v.line}.0> closed`,
];

/** `count` ordinary log lines, evenly from all templates. */
export function ordinaryLines(random: Random, count = 2_000): string[] {
  return Array.from({ length: count }, (_, at) =>
    (templates[at % templates.length] as (v: Values) => string)(values(random)),
  );
}
