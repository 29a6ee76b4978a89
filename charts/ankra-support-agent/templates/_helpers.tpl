{{/* Name of the chart, or what replaces it. */}}
{{- define "agent.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Full name of the objects; 53 characters leave room for what is appended. */}}
{{- define "agent.fullname" -}}
{{- $name := include "agent.name" . }}
{{- $full := .Values.fullnameOverride }}
{{- if not $full }}
{{- $full = contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- end }}
{{- $full | trunc 53 | trimAll "-." }}
{{- end }}

{{/* Name of the Service: no dots, and a letter in front (RFC 1035), which the name of a release need not have. */}}
{{- define "agent.serviceName" -}}
{{- $name := include "agent.fullname" . | replace "." "-" }}
{{- regexMatch "^[a-z]" $name | ternary $name (printf "agent-%s" $name) }}
{{- end }}

{{/* Labels that all pods of the release have in common. */}}
{{- define "agent.releaseLabels" -}}
app.kubernetes.io/name: {{ include "agent.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels that select the agent's pods, and not the one of `helm test`; they must never change. */}}
{{- define "agent.selectorLabels" -}}
{{ include "agent.releaseLabels" . }}
app.kubernetes.io/component: agent
{{- end }}

{{/*
Labels of an object. Takes a dict: root, and optionally labels (of this object alone) and fixed (which win over all). One map, so that
no key stands twice: what the chart sets itself wins over the object's own labels, and these over commonLabels.
*/}}
{{- define "agent.labels" -}}
{{- $own := include "agent.releaseLabels" .root | fromYaml }}
{{- $_ := set $own "app.kubernetes.io/version" .root.Chart.AppVersion }}
{{- $_ := set $own "app.kubernetes.io/managed-by" .root.Release.Service }}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") }}
{{- merge (dict) (default (dict) .fixed) $own (default (dict) .labels) .root.Values.commonLabels | toYaml }}
{{- end }}

{{/* Metadata of an object. Takes what agent.labels takes, and name, namespace, annotations; scope "Cluster" leaves the namespace out. */}}
{{- define "agent.metadata" -}}
name: {{ default (include "agent.fullname" .root) .name | quote }}
{{- if ne (default "" .scope) "Cluster" }}
namespace: {{ default .root.Release.Namespace .namespace | quote }}
{{- end }}
labels:
  {{- include "agent.labels" . | nindent 2 }}
{{- with merge (dict) (default (dict) .annotations) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Name of the ServiceAccount. */}}
{{- define "agent.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "agent.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* Names of cluster-scoped objects carry the namespace: two releases of one name must not meet. */}}
{{- define "agent.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "agent.fullname" .) }}
{{- end }}

{{/* Reference of the image; a digest wins over the tag. */}}
{{- define "agent.image" -}}
{{- $repository := .Values.image.repository }}
{{- with .Values.global.imageRegistry }}
{{- /* The first part is a registry where it has a dot or a port in it, as Docker's reference grammar says. */}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) (regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" $repository "") }}
{{- end }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* Namespaces of namespaced mode, as a JSON list; empty in cluster-wide mode. */}}
{{- define "agent.namespaces" -}}
{{- $watch := default (dict) .Values.config.watch }}
{{- default (list) $watch.namespaces | uniq | sortAlpha | toJson }}
{{- end }}

{{/* Name of the Secret with the token; empty where there is none, or where something else brings the file. */}}
{{- define "agent.tokenSecret" -}}
{{- if .Values.ticketApi.existingSecret.name }}
{{- .Values.ticketApi.existingSecret.name }}
{{- else if .Values.ticketApi.token }}
{{- include "agent.fullname" . }}
{{- end }}
{{- end }}

{{/* Where the token, the CA bundle and the proxy's credentials are mounted. */}}
{{- define "agent.tokenFolder" -}}/var/run/secrets/ankra{{- end }}
{{- define "agent.caFolder" -}}/var/run/secrets/ankra-ca{{- end }}
{{- define "agent.proxyFolder" -}}/var/run/secrets/ankra-proxy{{- end }}

{{/* Whether a CA bundle is to be mounted. */}}
{{- define "agent.hasCa" -}}
{{- if or .Values.ticketApi.ca.configMap .Values.ticketApi.ca.secret }}true{{ end }}
{{- end }}

{{/* Port of the HTTP server: probes and metrics. */}}
{{- define "agent.port" -}}
{{- $http := default (dict) .Values.config.http }}
{{- default 8080 $http.port }}
{{- end }}

{{/*
The pod's security context. OpenShift gives each namespace a range of users of its own, and refuses a pod that asks for another one.
*/}}
{{- define "agent.podSecurityContext" -}}
{{- $context := default (dict) .Values.podSecurityContext }}
{{- $adapt := .Values.openshift.adaptSecurityContext }}
{{- if or (eq $adapt "always") (and (eq $adapt "auto") (.Capabilities.APIVersions.Has "security.openshift.io/v1")) }}
{{- $context = omit $context "runAsUser" "runAsGroup" "fsGroup" "fsGroupChangePolicy" }}
{{- end }}
{{- toYaml $context }}
{{- end }}

{{/* Mode of mounted credentials. Without a group of the volume only "readable for all" reaches a process of any user: the pod is its only reader. */}}
{{- define "agent.secretMode" -}}
{{- hasKey (include "agent.podSecurityContext" . | fromYaml) "fsGroup" | ternary "288 # r--r-----" "292 # r--r--r--" }}
{{- end }}

{{/* The agent's configuration file: `config`, and what other values imply. */}}
{{- define "agent.config" -}}
{{- $config := deepCopy .Values.config }}
{{- range $field := list "clusterName" "clusterId" }}
{{- with index $.Values $field }}
{{- $_ := set $config $field . }}
{{- end }}
{{- end }}
{{- $api := default (dict) $config.ticketApi }}
{{- $_ := set $api "url" .Values.ticketApi.url }}
{{- $_ := set $api "tokenFile" (default (printf "%s/token" (include "agent.tokenFolder" .)) .Values.ticketApi.tokenFile) }}
{{- with .Values.ticketApi.organisationId }}
{{- $_ := set $api "organisationId" . }}
{{- end }}
{{- if include "agent.hasCa" . }}
{{- $_ := set $api "caFile" (printf "%s/ca.crt" (include "agent.caFolder" .)) }}
{{- end }}
{{- with .Values.ticketApi.proxy }}
{{- if .url }}
{{- $proxy := dict "url" .url "noProxy" .noProxy }}
{{- if .existingSecret.name }}
{{- $_ := set $proxy "credentialsFile" (printf "%s/credentials" (include "agent.proxyFolder" $)) }}
{{- end }}
{{- $_ := set $api "proxy" $proxy }}
{{- end }}
{{- end }}
{{- $_ := set $config "ticketApi" $api }}
{{- if or .Values.rbac.configMaps .Values.rbac.metrics }}
{{- $environment := default (dict) $config.environment }}
{{- if .Values.rbac.configMaps }}
{{- $_ := set $environment "configMaps" true }}
{{- end }}
{{- if .Values.rbac.metrics }}
{{- $_ := set $environment "usage" true }}
{{- end }}
{{- $_ := set $config "environment" $environment }}
{{- end }}
{{- $lease := default (dict) $config.lease }}
{{- $_ := set $lease "name" (include "agent.fullname" .) }}
{{- $_ := set $config "lease" $lease }}
{{- $http := default (dict) $config.http }}
{{- $_ := set $http "port" (include "agent.port" . | int) }}
{{- $_ := set $config "http" $http }}
{{- toPrettyJson $config }}
{{- end }}

{{/*
Rules for reading what the agent watches. Each line says why. Cluster-scoped kinds are no part of it, so that the
same rules serve a Role of namespaced mode.
*/}}
{{- define "agent.readerRules" -}}
# Failing containers and their owners; one pod is read anew when a ticket is written.
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
# The last lines of the run that failed.
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
# Owners of pods, rollouts, and what changed last.
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets, replicasets]
  verbs: [get, list, watch]
- apiGroups: [apps]
  resources: [controllerrevisions]
  verbs: [list]
- apiGroups: [batch]
  resources: [jobs, cronjobs]
  verbs: [get, list, watch]
# Warnings that no status carries.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [list, watch]
# The answer to a person who asked for a ticket by annotation.
- apiGroups: [""]
  resources: [events]
  verbs: [create]
# The claims of a pod that waits for its volume.
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get]
# What the namespace allows, when pods are refused or find no node.
- apiGroups: [""]
  resources: [resourcequotas, limitranges]
  verbs: [list]
# Whether so few pods are ready that none may be evicted.
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list]
# Why an autoscaler gets no metrics.
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get]
{{- if .Values.rbac.configMaps }}
# rbac.configMaps: when the ConfigMaps of a failing pod were changed. The agent asks for their metadata alone.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get]
{{- end }}
{{- if .Values.rbac.metrics }}
# rbac.metrics: what CPU and memory the failing pod has in use.
- apiGroups: [metrics.k8s.io]
  resources: [pods]
  verbs: [get]
{{- end }}
{{- with .Values.rbac.extraRules }}
# rbac.extraRules
{{ toYaml . }}
{{- end }}
{{- end }}
