import { alphabets, base64, inventedWord, uuid, type Random } from '../random.ts';
import type { Line } from './kit.ts';

/** Fourth corpus, ordinary lines: applications, languages, builds, tools. */

const { alnum, hex, lowerDigits, digits, base64url, pod, upper } = alphabets;
const b64 = alphabets.base64;
const num = (r: Random, below = 100_000): string => String(r.number(below));
const clock = (r: Random): string => `1${r.number(9)}:${10 + r.number(49)}:${10 + r.number(49)}`;
const iso = (r: Random): string => `2026-05-1${r.number(9)}T${clock(r)}.${100 + r.number(899)}Z`;
const word = (r: Random): string => inventedWord(r, 2);
const version = (r: Random): string => `${r.number(9)}.${r.number(40)}.${r.number(20)}`;

export const programLines: readonly Line[] = [
  // Java
  (r) =>
    `	at org.springframework.security.authentication.dao.DaoAuthenticationProvider.additionalAuthenticationChecks(DaoAuthenticationProvider.java:${num(r, 300)}) ~[spring-security-core-6.2.1.jar!/:6.2.1]`,
  () => `	at com.acme.auth.TokenService$$SpringCGLIB$$0.refreshToken(<generated>)`,
  () =>
    `Caused by: java.security.UnrecoverableKeyException: failed to decrypt safe contents entry: javax.crypto.BadPaddingException: Given final block not properly padded. Such issues can arise if a bad key is used during decryption.`,
  () => `Caused by: java.io.IOException: keystore password was incorrect`,
  (r) =>
    `io.jsonwebtoken.ExpiredJwtException: JWT expired at ${iso(r)}. Current time: ${iso(r)}, a difference of ${num(r)} milliseconds.  Allowed clock skew: 0 milliseconds.`,
  (r) =>
    `${iso(r)}  INFO 1 --- [nio-8080-exec-${num(r, 9)}] c.a.s.PasswordResetController          : Password reset requested for user id ${num(r)}`,
  (r) =>
    `${iso(r)}  WARN 1 --- [           main] .s.s.UserDetailsServiceAutoConfiguration : This generated password is for development use only. Your security configuration must be updated before running your application in production.`,
  (r) =>
    `${iso(r)} DEBUG 1 --- [nio-8080-exec-3] o.s.s.w.a.AnonymousAuthenticationFilter  : Set SecurityContextHolder to anonymous SecurityContext`,
  () =>
    `org.hibernate.SQL : select u1_0.id,u1_0.password,u1_0.token_expires_at from users u1_0 where u1_0.email=?`,
  (r) =>
    `HikariPool-1 - Connection is not available, request timed out after 30000ms (total=10, active=10, idle=0, waiting=${num(r, 90)})`,
  () =>
    `java.lang.IllegalStateException: No secret key configured for signing; set app.jwt.secret or app.jwt.key-store`,
  () => `Property: jwt.secret Value: "" Reason: must not be blank`,
  (r) =>
    `[GC pause (G1 Evacuation Pause) (young), 0.00${num(r, 99)} secs] [Eden: ${num(r)}K(${num(r)}K)->0.0B Survivors: 0.0B->${num(r)}K Heap: ${num(r)}K(262144.0K)->${num(r)}K(262144.0K)]`,
  (r) => `Started AuthServerApplication in 7.${num(r, 999)} seconds (process running for 8.${num(r, 999)})`,
  (r) =>
    `ObjectOptimisticLockingFailureException: Row was updated or deleted by another transaction : [com.acme.ApiKey#${uuid(r)}]`,
  // Python
  (r) =>
    `  File "/usr/local/lib/python3.12/site-packages/django/contrib/auth/hashers.py", line ${num(r, 900)}, in check_password`,
  () => `    raise ImproperlyConfigured("The SECRET_KEY setting must not be empty.")`,
  () => `django.core.exceptions.ImproperlyConfigured: Set the DJANGO_SECRET_KEY environment variable`,
  () => `KeyError: 'STRIPE_API_KEY'`,
  () => `    token = os.environ["GITHUB_TOKEN"]`,
  () => `    password = getpass.getpass("Password: ")`,
  () => `jwt.exceptions.InvalidSignatureError: Signature verification failed`,
  (r) =>
    `psycopg2.OperationalError: connection to server at "db" (10.0.0.${num(r, 255)}), port 5432 failed: FATAL:  password authentication failed for user "app"`,
  (r) =>
    `[${iso(r)}: INFO/ForkPoolWorker-${num(r, 9)}] Task accounts.tasks.send_password_reset[${uuid(r)}] succeeded in 0.${num(r)}s: None`,
  () =>
    `pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings api_token Field required [type=missing, input_value={'debug': 'true'}, input_type=dict]`,
  (r) =>
    `INFO:     10.0.0.${num(r, 255)}:${num(r, 60000)} - "POST /auth/token HTTP/1.1" 422 Unprocessable Entity`,
  () =>
    `torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB; max_new_tokens=512, pad_token_id=50256, eos_token_id=50256`,
  (r) =>
    `tokenizer: vocab_size=${num(r)} special tokens ['<s>', '</s>'] prompt_tokens=${num(r)} completion_tokens=${num(r, 900)} total_tokens=${num(r)}`,
  () => `celery.exceptions.SecurityError: Unable to deserialize key: Could not deserialize key data.`,
  // Go
  (r) =>
    `panic: runtime error: invalid memory address or nil pointer dereference [signal SIGSEGV: segmentation violation code=0x1 addr=0x${num(r, 99)} pc=0x${r.text(hex, 6)}]`,
  (r) =>
    `goroutine ${num(r, 900)} [running]: main.(*TokenCache).Get(0xc000${r.text(hex, 6)}, {0x${r.text(hex, 6)}, 0x8})`,
  (r) =>
    `	/go/src/github.com/acme/auth/token_cache.go:${num(r, 300)} +0x${r.text(hex, 3)} fp=0xc000${r.text(hex, 6)} sp=0xc000${r.text(hex, 6)} pc=0x${r.text(hex, 6)}`,
  (r) =>
    `{"level":"error","time":"${iso(r)}","caller":"auth/middleware.go:${num(r, 300)}","error":"token is malformed: token contains an invalid number of segments","message":"unauthorized"}`,
  () => `rpc error: code = Unauthenticated desc = missing or invalid authorization token`,
  () =>
    `rpc error: code = Unavailable desc = connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority"`,
  (r) =>
    `time=${iso(r)} level=INFO msg="rotated signing key" kid=${r.text(base64url, 27)} alg=RS256 next_rotation=24h0m0s`,
  () =>
    `flag provided but not defined: -token-file Usage of /app: -api-key-file string path to the API key (default "/etc/app/key")`,
  (r) => `go: downloading golang.org/x/oauth2 v0.${num(r, 40)}.0 h1:${r.text(b64, 43)}=`,
  (r) =>
    `verifying github.com/acme/tokens@v1.${num(r, 40)}.0: checksum mismatch downloaded: h1:${r.text(b64, 43)}=`,
  // Node
  (r) => `    at verifyToken (/app/src/middleware/auth.js:${num(r, 90)}:${num(r, 90)})`,
  () => `Error: secretOrPrivateKey must have a value`,
  () => `SyntaxError: Unexpected token '<', "<!DOCTYPE "... is not valid JSON`,
  (r) => `SyntaxError: Unexpected token } in JSON at position ${num(r, 900)}`,
  () => `Error: Missing required environment variables: JWT_SECRET, SESSION_SECRET, DATABASE_URL`,
  () => `TypeError: Cannot read properties of undefined (reading 'accessToken')`,
  () =>
    `npm error code E401 npm error Incorrect or missing password. npm error If you were trying to login, change your password, create an npm account`,
  (r) =>
    `npm http fetch GET 200 https://registry.example.org/@types%2fjsonwebtoken ${num(r, 900)}ms (cache revalidated)`,
  (r) => `"integrity": "sha512-${r.text(b64, 86)}==",`,
  (r) =>
    `    "resolved": "https://registry.example.org/csrf-tokens/-/csrf-tokens-${version(r)}.tgz#${r.text(hex, 40)}",`,
  () =>
    `(node:1) Warning: Accessing non-existent property 'authToken' of module exports inside circular dependency`,
  () =>
    `MongoServerError: Authentication failed. code: 18, codeName: 'AuthenticationFailed', connectionGeneration: 0`,
  () =>
    `PrismaClientInitializationError: Authentication failed against database server at \`db\`, the provided database credentials for \`app\` are not valid.`,
  () =>
    `error TS2322: Type 'string | undefined' is not assignable to type 'string'. const apiKey: string = process.env.API_KEY;`,
  (r) =>
    `webpack: asset vendors~main.${r.text(hex, 20)}.js 1.2 MiB [emitted] [immutable] [minimized] (id hint: vendors)`,
  // Ruby, PHP, .NET, Rust
  (r) => `Started POST "/users/password" for 10.0.0.${num(r, 255)} at 2026-05-10 ${clock(r)} +0000`,
  () =>
    `  Parameters: {"authenticity_token"=>"[FILTERED]", "user"=>{"email"=>"[FILTERED]", "password"=>"[FILTERED]"}, "commit"=>"Sign in"}`,
  () => `ActionController::InvalidAuthenticityToken (Can't verify CSRF token authenticity.):`,
  () =>
    `ActiveSupport::MessageEncryptor::InvalidMessage: wrong key or corrupted credentials file config/credentials.yml.enc`,
  (r) =>
    `[2026-05-10 ${clock(r)}] production.ERROR: No application encryption key has been specified. {"exception":"[object] (Illuminate\\\\Encryption\\\\MissingAppKeyException(code: 0)"}`,
  (r) =>
    `PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [1045] Access denied for user 'app'@'10.0.0.${num(r, 255)}' (using password: YES) in /var/www/db.php:12`,
  (r) =>
    `#1 /var/www/vendor/laravel/framework/src/Illuminate/Auth/Passwords/PasswordBroker.php(${num(r, 300)}): Illuminate\\Auth\\Passwords\\DatabaseTokenRepository->create(Object(App\\Models\\User))`,
  (r) =>
    `info: Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager[0] Creating key {${uuid(r)}} with creation date 2026-05-10 ${clock(r)}Z, activation date 2026-05-12 ${clock(r)}Z, and expiration date 2026-08-10.`,
  () =>
    `warn: Microsoft.AspNetCore.DataProtection.Repositories.FileSystemXmlRepository[60] Storing keys in a directory '/root/.aspnet/DataProtection-Keys' that may not be persisted outside of the container.`,
  () =>
    `fail: Microsoft.AspNetCore.Authentication.JwtBearer.JwtBearerHandler[1] Failed to validate the token. Microsoft.IdentityModel.Tokens.SecurityTokenExpiredException: IDX10223: Lifetime validation failed. The token is expired. ValidTo (UTC): '5/10/2026', Current time (UTC): '5/11/2026'.`,
  (r) =>
    `Microsoft.Data.SqlClient.SqlException (0x80131904): Login failed for user 'sa'. ClientConnectionId:${uuid(r)} Error Number:18456,State:1,Class:14`,
  (r) =>
    `thread 'main' panicked at src/config.rs:${num(r, 90)}:10: called \`Result::unwrap()\` on an \`Err\` value: MissingEnvVar("API_TOKEN")`,
  (r) => `   Compiling password-hash v0.${num(r, 9)}.0`,
  () => `   Downloaded secrecy v0.8.0 (registry \`example-index\`)`,
  // tools
  () => `Step 4/9 : ENV NODE_ENV=production TOKEN_TTL=3600 PASSWORD_MIN_LENGTH=12`,
  (r) => `#12 sha256:${r.text(hex, 64)} 12.58MB / 31.42MB 2.1s`,
  (r) =>
    `WARNING: SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "DB_PASSWORD") (line ${num(r, 90)})`,
  (r) => `Digest: sha256:${r.text(hex, 64)} Status: Downloaded newer image for vault:1.${num(r, 20)}`,
  () =>
    `remote: Invalid username or password. fatal: Authentication failed for 'https://git.example.org/team/app.git/'`,
  (r) => `   ${r.text(hex, 7)}..${r.text(hex, 7)}  fix/token-refresh -> origin/fix/token-refresh`,
  (r) => `commit ${r.text(hex, 40)} Merge: ${r.text(hex, 7)} ${r.text(hex, 7)} Rotate api keys of staging`,
  (r) =>
    `[main ${r.text(hex, 7)}] Remove password from config 2 files changed, 3 insertions(+), 9 deletions(-)`,
  () =>
    `  # aws_secretsmanager_secret.db will be created + resource "aws_secretsmanager_secret" "db" { + arn = (known after apply) + kms_key_id = "alias/aws/secretsmanager" }`,
  () => `      + master_password                 = (sensitive value)`,
  (r) => `      ~ token_ttl   = ${num(r, 9000)} -> ${num(r, 9000)}`,
  () =>
    `Error: Error reading Secret Manager SecretVersion: googleapi: Error 404: Secret [projects/1/secrets/db] not found or has no versions.`,
  () => `TASK [postgres : Set password for application user] ************************************`,
  () =>
    `changed: [db1] => {"changed": true, "censored": "the output has been hidden due to the fact that 'no_log: true' was specified for this result"}`,
  (r) =>
    `Downloading https://repo.example.org/maven2/org/bouncycastle/bcprov-jdk18on/1.77/bcprov-jdk18on-1.77.jar (${num(r)} kB at 9.1 MB/s)`,
  () =>
    `[ERROR] Failed to execute goal deploy: Could not transfer artifact from/to nexus: status code: 401, reason phrase: Unauthorized (401)`,
  (r) => `Collecting python-jose[cryptography]==3.3.0 --hash=sha256:${r.text(hex, 64)}`,
  () => `Successfully installed PyJWT-2.8.0 argon2-cffi-23.1.0 passlib-1.7.4 secretstorage-3.3.3`,
  () => `Setting up libsecret-1-0:amd64 (0.20.5-3) ...`,
  (r) =>
    `Get:${num(r, 90)} http://deb.example.org/debian bookworm/main amd64 gnome-keyring amd64 42.1-1 [${num(r)} kB]`,
  (r) => `gpg: key ${r.text(hex, 16).toUpperCase()}: public key "Release Signing Key" imported`,
  (r) =>
    `Primary key fingerprint: ${Array.from({ length: 10 }, () => r.text(hex, 4).toUpperCase()).join(' ')}`,
  (r) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${r.text(b64, 43)} deploy@ci`,
  () => `-----BEGIN CERTIFICATE-----`,
  (r) =>
    `subject=CN = vault.example.org issuer=CN = Example CA serial=${r.text(hex, 32).toUpperCase()} sha256 Fingerprint=${Array.from({ length: 32 }, () => r.text(hex, 2).toUpperCase()).join(':')}`,
  (r) => `Saved session state to /tmp/session-${r.text(alnum, 6)}/state.json; session timeout 1800`,
  // applications
  (r) => `event=login_failed user_id=${num(r)} reason="wrong password" attempts=${num(r, 5)} locked=false`,
  (r) => `user ${num(r)} changed password`,
  () => `Password must contain at least 8 characters, one uppercase letter and one number`,
  () => `Forgot your password? Enter your email address and we will send you a reset link.`,
  (r) => `token bucket exhausted for tenant ${word(r)}: rate=${num(r, 100)}/s burst=${num(r, 100)}`,
  (r) => `refresh token reuse detected for session family ${uuid(r)}, revoking ${num(r, 9)} tokens`,
  (r) => `cache key user:${num(r)}:profile missed, loading from database`,
  (r) => `redis GET session:index:${num(r)} -> nil (key expired)`,
  (r) => `idempotency-key: ${uuid(r)} replayed response 201`,
  (r) => `traceparent: 00-${r.text(hex, 32)}-${r.text(hex, 16)}-01 x-request-id: ${uuid(r)}`,
  (r) => `x-amz-request-id: ${r.text(upper, 16)} x-amz-id-2: ${r.text(b64, 75)}=`,
  (r) => `cf-ray: ${r.text(hex, 16)}-FRA cf-cache-status: DYNAMIC server: cloudflare`,
  (r) => `span_id=${r.text(hex, 16)} trace_id=${r.text(hex, 32)} parent=${r.text(hex, 16)} sampled=true`,
  (r) =>
    `order ord_${r.text(alnum, 16)} paid by customer cus_${r.text(alnum, 14)}: payment intent pi_${r.text(alnum, 24)} succeeded`,
  (r) => `publishable key pk_live_${r.text(alnum, 24)} loaded for checkout`,
  (r) => `webhook evt_${r.text(alnum, 24)} delivered in ${num(r, 900)}ms`,
  (r) => `object key "uploads/${uuid(r)}/${r.text(alnum, 20)}.png" stored in bucket media (${num(r)} bytes)`,
  (r) => `thumbnail ${base64(`image ${num(r)} of the catalogue, cropped`)} rendered`,
  (r) => `data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA${r.text(b64, 120)}`,
  (r) => `partition key=${word(r)} sort key=${num(r)} consumed capacity 0.5`,
  (r) => `feature flag "new-password-flow" evaluated to true for context ${uuid(r)}`,
  (r) => `Sending notification template=password_changed locale=de user=${num(r)}`,
  (r) => `GET /.well-known/jwks.json 200 ${num(r, 90)}ms keys=2`,
  (r) => `Loaded 2 keys from JWKS; kid=${r.text(hex, 40)} use=sig kty=RSA`,
  () =>
    `AuthorizationCodeFlow: redirecting to https://sso.example.org/authorize?client_id=web&response_type=code&scope=openid%20profile&redirect_uri=https%3A%2F%2Fapp.example.org%2Fcb`,
  () => `SAML response rejected: audience mismatch, expected https://app.example.org/saml/metadata`,
  () =>
    `LDAP: error code 49 - 80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 52e, v4563`,
  () => `kinit: Password incorrect while getting initial credentials`,
  () => `ConfigMap app-config key auth.properties mounted at /etc/app/auth.properties`,
  () => `secretKeyRef: {name: db-credentials, key: password}`,
  () => `        - name: DB_PASSWORD valueFrom: secretKeyRef: name: db key: password`,
  (r) => `imagePullSecrets: [{name: regcred}] serviceAccountName: ${word(r)}`,
  (r) =>
    `Secret type kubernetes.io/service-account-token: ca.crt: 1099 bytes namespace: 4 bytes token: ${num(r, 2000)} bytes`,
  (r) => `default-token-${r.text(pod, 5)}   kubernetes.io/service-account-token   3      ${num(r, 400)}d`,
  (r) => `Mounts: /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-${r.text(pod, 5)} (ro)`,
  () => `usage: app [--token-file FILE] [--password-stdin] [--api-key KEY]`,
  () => `--password-file=/run/secrets/db_password --tls-private-key-file=/etc/tls/tls.key`,
  () => `POSTGRES_PASSWORD_FILE=/run/secrets/postgres-password`,
  () => `password: \${DB_PASSWORD}`,
  () => `api_key = var.datadog_api_key`,
  () => `token: {{ .Values.auth.token | quote }}`,
  (r) => `lexer error: unexpected token "}" at line ${num(r, 90)}, column ${num(r, 90)}`,
  (r) => `next_page_token=${r.text(base64url, 24)} page_size=100`,
  (r) => `ResumeToken(${r.text(hex, 60).toUpperCase()}) saved for change stream`,
  (r) => `upload ${r.text(lowerDigits, 26)} part ${num(r, 90)} etag "${r.text(hex, 32)}"`,
  (r) => `license: MIT OR Apache-2.0, author contact at support desk, build ${r.text(digits, 9)}`,
  () => `[error] key 'checkout.pin.title' not found in translation file de.json`,
  (r) => `Secret scanning: 0 secrets found in ${num(r)} files`,
  (r) =>
    `MAC address 0a:58:0a:${r.text(hex, 2)}:${r.text(hex, 2)}:${r.text(hex, 2)} assigned to veth${r.text(hex, 8)}`,
];
