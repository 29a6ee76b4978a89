{{/* A duration of the configuration in milliseconds. The schema has seen to its form. */}}
{{- define "agent.ms" -}}
{{- $unit := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 "d" 86400000 }}
{{- mul (regexFind "^[0-9]+" .) (get $unit (regexFind "[a-z]+$" .)) }}
{{- end }}

{{/* Refuses a duration that the agent would refuse at its start. Takes a dict: path, value, limits of _durations.tpl. */}}
{{- define "agent.validateDuration" -}}
{{- $ms := include "agent.ms" .value | int64 }}
{{- if or (lt $ms (int64 .limits.minMs)) (gt $ms (int64 .limits.maxMs)) }}
{{ printf "config.%s: %s is not between %s and %s" .path .value .limits.min .limits.max | printf "- %s" }}
{{- end }}
{{- end }}

{{/* Walks through the configuration and the limits of its durations together; `*` stands for any name. */}}
{{- define "agent.validateDurations" -}}
{{- range $name, $value := .config }}
{{- $limits := get $.limits (hasKey $.limits $name | ternary $name "*") }}
{{- $path := append $.path $name }}
{{- if and (kindIs "map" $value) (kindIs "map" $limits) }}
{{ include "agent.validateDurations" (dict "config" $value "limits" $limits "path" $path) }}
{{- else if and (kindIs "string" $value) (kindIs "map" $limits) }}
{{ include "agent.validateDuration" (dict "path" (join "." $path) "value" $value "limits" $limits) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What the agent would refuse at its start and the schema cannot see: limits of durations, and how fields go together. */}}
{{- define "agent.validateConfig" -}}
{{- $config := .Values.config }}
{{- $limits := include "agent.durationLimits" . | fromYaml }}
{{ include "agent.validateDurations" (dict "config" $config "limits" $limits "path" list) }}
{{- $lease := default (dict) $config.lease }}
{{- $duration := default $limits.lease.duration.default $lease.duration }}
{{- $renew := default $limits.lease.renewDeadline.default $lease.renewDeadline }}
{{- $retry := default $limits.lease.retryPeriod.default $lease.retryPeriod }}
{{- if le (include "agent.ms" $duration | int64) (include "agent.ms" $renew | int64) }}
{{ printf "config.lease.duration (%s) must be longer than config.lease.renewDeadline (%s)" $duration $renew | printf "- %s" }}
{{- end }}
{{- if le (mul 10 (include "agent.ms" $renew | int64)) (mul 12 (include "agent.ms" $retry | int64)) }}
{{ printf "config.lease.renewDeadline (%s) must be longer than 1.2 times config.lease.retryPeriod (%s)" $renew $retry | printf "- %s" }}
{{- end }}
{{- $watch := default (dict) $config.watch }}
{{- if and $watch.namespaces $watch.namespaceSelector }}
{{ printf "- %s" "config.watch.namespaceSelector cannot be used with config.watch.namespaces: the labels of namespaces cannot be read then" }}
{{- end }}
{{- range $field := list "namespaceSelector" "workloadSelector" }}
{{- range (default (dict) (get $watch $field)).matchExpressions }}
{{- if ne (hasSuffix "In" .operator) (not (empty .values)) }}
{{ printf "config.watch.%s: an expression with %s must have values with In and NotIn, and none with Exists and DoesNotExist" $field .operator | printf "- %s" }}
{{- end }}
{{- end }}
{{- end }}
{{- $port := regexFind ":[0-9]+$" (urlParse .Values.ticketApi.url).host | trimPrefix ":" | int }}
{{- if gt $port 65535 }}
{{ printf "ticketApi.url: %d is no port" $port | printf "- %s" }}
{{- end }}
{{- end }}

{{/* Refuses additions that would stand beside something of the chart under the same name. Takes a dict: value, items, field, taken. */}}
{{- define "agent.refuseTaken" -}}
{{- $seen := list }}
{{- range .items }}
{{- $name := get . $.field | toString }}
{{- if has $name $.taken }}
{{ printf "%s: %s %q is the chart's own; choose another" $.value $.field $name | printf "- %s" }}
{{- end }}
{{- if has $name $seen }}
{{ printf "%s: %s %q is there twice" $.value $.field $name | printf "- %s" }}
{{- end }}
{{- $seen = append $seen $name }}
{{- end }}
{{- end }}

{{- define "agent.validateAdditions" -}}
{{- $env := list "NODE_OPTIONS" "POD_NAME" "POD_UID" "POD_NAMESPACE" "NODE_NAME" }}
{{ include "agent.refuseTaken" (dict "value" "extraEnv" "items" .Values.extraEnv "field" "name" "taken" $env) }}
{{ include "agent.refuseTaken" (dict "value" "extraVolumes" "items" .Values.extraVolumes "field" "name" "taken" (list "config" "token" "ca" "proxy")) }}
{{- $mounts := list "/etc/ankra-support-agent" (include "agent.tokenFolder" .) (include "agent.caFolder" .) (include "agent.proxyFolder" .) }}
{{- if .Values.ticketApi.tokenFile }}
{{- $mounts = without $mounts (include "agent.tokenFolder" .) }}
{{- end }}
{{ include "agent.refuseTaken" (dict "value" "extraVolumeMounts" "items" .Values.extraVolumeMounts "field" "mountPath" "taken" $mounts) }}
{{- $volumes := list "config" "token" "ca" "proxy" }}
{{- range .Values.extraVolumes }}
{{- $volumes = append $volumes (toString .name) }}
{{- end }}
{{- range .Values.extraVolumeMounts }}
{{- if not (has (toString .name) $volumes) }}
{{ printf "extraVolumeMounts: no volume is called %q; add it to extraVolumes" (toString .name) | printf "- %s" }}
{{- end }}
{{- end }}
{{ include "agent.refuseTaken" (dict "value" "extraContainers" "items" (concat .Values.extraContainers .Values.initContainers) "field" "name" "taken" (list "agent")) }}
{{- end }}

{{/*
What the agent refuses of a pattern, as far as a template can see it (src/enrich/redact/extra-patterns.ts). Nothing that the agent takes is
refused here: what only a reader of regular expressions can tell is left to the agent, which names it at its start.
*/}}
{{- define "agent.validatePatterns" -}}
{{- range $at, $extra := dig "redaction" "patterns" list .Values.config }}
{{- if hasSuffix "-token" $extra.name }}
{{ printf "- config.redaction.patterns[%d].name: %q ends in \"-token\", as the agent's rules for vendors' tokens do; choose another" $at $extra.name }}
{{- end }}
{{- $where := printf "config.redaction.patterns[%d].pattern" $at }}
{{- /* Without classes and escaped characters, each sign is one of the expression; a lazy repeat is a repeat. */}}
{{- $unescaped := regexReplaceAll "\\\\[^1-9k]" $extra.pattern "x" }}
{{- $bare := regexReplaceAll "\\[[^\\]]*\\]" $unescaped "x" }}
{{- $signs := regexReplaceAll "\\(\\?(?:<[A-Za-z]\\w*>|:)" $bare "(" }}
{{- $signs = regexReplaceAll "([*+?]|\\{\\d+(?:,\\d*)?\\})\\?" $signs "${1}" }}
{{- if regexMatch "\\(\\?<?[=!]" $bare }}
{{ printf "- %s looks around (?=, ?!, ?<=, ?<!): match the neighbouring text instead" $where }}
{{- else if regexMatch "\\\\[1-9k]" $bare }}
{{ printf "- %s refers back to a group: write the text out instead" $where }}
{{- else if gt (len (regexFindAll "[*+]|\\{\\d+,\\}" $signs -1)) 1 }}
{{ printf "- %s has more than one repeat without an upper bound: write {1,64} instead of + and {0,64} instead of *" $where }}
{{- else if gt (len (regexFindAll "[*+?|]|\\{\\d+,\\}" $signs -1)) 4 }}
{{ printf "- %s has more than 4 choices (*, +, ?, |): split it into several patterns" $where }}
{{- end }}
{{- end }}
{{- end }}

{{/* Words of an image reference where they do not belong: the runtime would refuse the whole, and only when the pod starts. */}}
{{- define "agent.validateImage" -}}
{{- if regexMatch "(@|:[^/]*$)" .Values.image.repository }}
{{ printf "image.repository: %q has a tag or a digest in it; set image.tag or image.digest" .Values.image.repository | printf "- %s" }}
{{- end }}
{{- if hasPrefix "sha256:" .Values.image.tag }}
{{ printf "- %s" "image.tag: this is a digest; set image.digest" }}
{{- else if not (regexMatch "^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?)?$" .Values.image.tag) }}
{{ printf "image.tag: %q is no tag" .Values.image.tag | printf "- %s" }}
{{- end }}
{{- end }}

{{/* What the API server would refuse of labels, half-way through the installation. */}}
{{- define "agent.validateLabels" -}}
{{- $name := "[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?" }}
{{- $metrics := .Values.metrics }}
{{- $all := dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels "service.labels" .Values.service.labels "serviceAccount.labels" .Values.serviceAccount.labels "nodeSelector" (default (dict) .Values.nodeSelector) }}
{{- range $part, $settings := $metrics }}
{{- $_ := set $all (printf "metrics.%s.labels" $part) (default (dict) (default (dict) $settings).labels) }}
{{- end }}
{{- range $value, $labels := $all }}
{{- range $key, $text := $labels }}
{{- if not (regexMatch (printf "^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?%s$" $name) $key) }}
{{ printf "%s: %q is no key of a label" $value $key | printf "- %s" }}
{{- end }}
{{- if not (regexMatch (printf "^(%s)?$" $name) $text) }}
{{ printf "%s: %q cannot be the value of a label: up to 63 letters, digits, - _ and ., with a letter or a digit at both ends" $value $text | printf "- %s" }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Contradictions between values that a schema cannot see. */}}
{{- define "agent.validateValues" -}}
{{ include "agent.validatePatterns" . }}
{{- $api := .Values.ticketApi }}
{{- $namespaces := include "agent.namespaces" . | fromJsonArray }}
{{- $isFiling := ne (default "file" .Values.config.mode) "observe" }}
{{- $tokens := compact (list $api.token $api.existingSecret.name $api.tokenFile) }}
{{- if gt (len $tokens) 1 }}
{{ printf "- %s" "more than one of ticketApi.existingSecret.name, ticketApi.token and ticketApi.tokenFile is set: choose one" }}
{{- end }}
{{- if and $isFiling (not $tokens) }}
{{ printf "- %s" "the agent needs a token to file tickets: name its Secret in ticketApi.existingSecret.name, or set config.mode=observe for a trial that files nothing" }}
{{- end }}
{{- $isNamed := or .Values.clusterName .Values.clusterId }}
{{- range .Values.extraEnv }}
{{- $isNamed = or $isNamed (has .name (list "ANKRA_CLUSTER_NAME" "ANKRA_CLUSTER_ID")) }}
{{- end }}
{{- if and $isFiling (not $isNamed) }}
{{ printf "- %s" "the agent must know which cluster of the ticket API this is: set clusterName to the cluster's name there (or clusterId to its id), or set config.mode=observe for a trial that files nothing" }}
{{- end }}
{{- if and $api.ca.configMap $api.ca.secret }}
{{ printf "- %s" "ticketApi.ca.configMap and ticketApi.ca.secret are both set: choose one" }}
{{- end }}
{{- if and $api.proxy.existingSecret.name (not $api.proxy.url) }}
{{ printf "- %s" "ticketApi.proxy.existingSecret.name holds only the credentials: set ticketApi.proxy.url as well" }}
{{- end }}
{{- if and $namespaces (not .Values.clusterId) }}
{{ printf "- %s" "config.watch.namespaces needs clusterId: in namespaced mode the agent cannot read the cluster's own identity" }}
{{- end }}
{{- if and $namespaces .Values.admissionPolicy.enabled }}
{{ printf "- %s" "admissionPolicy.enabled needs cluster-wide mode: leave config.watch.namespaces empty" }}
{{- end }}
{{- if and .Values.admissionPolicy.enabled (semverCompare "<1.30.0-0" .Capabilities.KubeVersion.Version) }}
{{ printf "- %s" "admissionPolicy.enabled needs Kubernetes 1.30 or later" }}
{{- end }}
{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) }}
{{ printf "- %s" "serviceAccount.create is false: name an existing one in serviceAccount.name" }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled }}
{{ printf "- %s" "metrics.serviceMonitor and metrics.podMonitor would both scrape the agent: enable one" }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.service.enabled) }}
{{ printf "- %s" "metrics.serviceMonitor.enabled needs service.enabled" }}
{{- end }}
{{- range .Values.rbac.extraRules }}
{{- range .resources }}
{{- if or (has . (list "secrets" "configmaps")) (not (regexMatch "^[a-z0-9]+(/(status|scale))?$" .)) }}
{{ printf "rbac.extraRules: the agent may not be given %q; only resources for reading, without secrets, configmaps and wildcards" . | printf "- %s" }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Everything that is wrong with the values, a line for each; empty when they can be used. */}}
{{- define "agent.problems" -}}
{{- $lines := list }}
{{- range $part := list "agent.validateImage" "agent.validateLabels" "agent.validateValues" "agent.validateConfig" "agent.validateAdditions" }}
{{- range (include $part $ | splitList "\n") }}
{{- $lines = append $lines (trim .) }}
{{- end }}
{{- end }}
{{- compact $lines | uniq | join "\n" }}
{{- end }}
