{{/*
Called at the head of every template. A block that was set to null (in Helm: take the default away) gets what the templates
need of it again; a null inside of a block that Kubernetes describes, such as `resources`, stays away.
*/}}
{{- define "agent.init" -}}
{{- include "agent.fill" (dict "values" .Values "defaults" (include "agent.structure" . | fromYaml)) }}
{{- end }}

{{- define "agent.fill" -}}
{{- range $key, $default := .defaults }}
{{- $value := index $.values $key }}
{{- if kindIs "invalid" $value }}
{{- $_ := set $.values $key $default }}
{{- else if and (kindIs "map" $value) (kindIs "map" $default) }}
{{- include "agent.fill" (dict "values" $value "defaults" $default) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What the templates count on. A test compares it with values.yaml. */}}
{{- define "agent.structure" -}}
nameOverride: ''
fullnameOverride: ''
commonLabels: {}
commonAnnotations: {}
global: { imageRegistry: '', imagePullSecrets: [] }
image: { repository: ghcr.io/ankraio/ankra-support-agent, tag: '', digest: '', pullPolicy: IfNotPresent, pullSecrets: [] }
clusterName: ''
clusterId: ''
ticketApi:
  url: https://platform.ankra.app
  organisationId: ''
  existingSecret: { name: '', key: token }
  token: ''
  tokenFile: ''
  ca: { configMap: '', secret: '', key: ca.crt }
  proxy: { url: '', existingSecret: { name: '', key: credentials }, noProxy: [] }
config: {}
crds: { enabled: true, keep: true }
rbac: { create: true, extraRules: [], configMaps: false, metrics: false, aggregateToView: true }
serviceAccount: { create: true, name: '', annotations: {}, labels: {} }
replicaCount: 1
revisionHistoryLimit: 3
terminationGracePeriodSeconds: 45
nodeOptions: --max-semi-space-size=2 --max-old-space-size=160
openshift: { adaptSecurityContext: auto }
probes: { startup: {}, liveness: {}, readiness: {} }
podLabels: {}
podAnnotations: {}
podDisruptionBudget: { enabled: true, maxUnavailable: 1 }
service: { enabled: true, annotations: {}, labels: {}, ipFamilyPolicy: '', ipFamilies: [] }
metrics:
  serviceMonitor: { enabled: false, interval: 30s, labels: {} }
  podMonitor: { enabled: false, interval: 30s, labels: {} }
networkPolicy:
  enabled: false
  ingressFrom: []
  apiServer: { cidrs: [], ports: [443, 6443] }
  ticketApi: { cidrs: [], ports: [] }
admissionPolicy: { enabled: false }
extraEnv: []
extraVolumes: []
extraVolumeMounts: []
extraContainers: []
initContainers: []
tests: { enabled: true }
{{- end }}
