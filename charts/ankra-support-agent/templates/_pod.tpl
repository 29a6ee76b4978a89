{{/* What the agent's pod and the pod of `helm test` have in common. */}}
{{- define "agent.podSpec" -}}
serviceAccountName: {{ include "agent.serviceAccountName" . | quote }}
automountServiceAccountToken: true
# The agent asks the environment for nothing but the address of the API server.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
securityContext:
  {{- include "agent.podSecurityContext" . | nindent 2 }}
{{- with concat .Values.global.imagePullSecrets .Values.image.pullSecrets | uniq }}
imagePullSecrets:
  {{- range . }}
  - name: {{ (ternary . (dict "name" .) (kindIs "map" .)).name | quote }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{ merge (dict) . (dict "labelSelector" (dict "matchLabels" (include "agent.selectorLabels" $ | fromYaml))) | toYaml | nindent 4 | trim }}
  {{- end }}
{{- end }}
{{- range $field := list "priorityClassName" "runtimeClassName" "schedulerName" "dnsPolicy" }}
{{- with index $.Values $field }}
{{ $field }}: {{ . | quote }}
{{- end }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: config
    configMap:
      name: {{ include "agent.fullname" . | quote }}
  {{- with include "agent.tokenSecret" . }}
  - name: token
    secret:
      secretName: {{ . | quote }}
      defaultMode: {{ include "agent.secretMode" $ }}
      items:
        - key: {{ $.Values.ticketApi.existingSecret.key | quote }}
          path: token
  {{- end }}
  {{- if include "agent.hasCa" . }}
  - name: ca
    {{- if .Values.ticketApi.ca.configMap }}
    configMap:
      name: {{ .Values.ticketApi.ca.configMap | quote }}
    {{- else }}
    secret:
      secretName: {{ .Values.ticketApi.ca.secret | quote }}
    {{- end }}
      items:
        - key: {{ .Values.ticketApi.ca.key | quote }}
          path: ca.crt
  {{- end }}
  {{- with .Values.ticketApi.proxy.existingSecret.name }}
  - name: proxy
    secret:
      secretName: {{ . | quote }}
      defaultMode: {{ include "agent.secretMode" $ }}
      items:
        - key: {{ $.Values.ticketApi.proxy.existingSecret.key | quote }}
          path: credentials
  {{- end }}
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* The container, but for its name, its arguments and its probes. */}}
{{- define "agent.container" -}}
image: {{ include "agent.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- with .Values.containerSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
env:
  - name: NODE_OPTIONS
    value: {{ .Values.nodeOptions | quote }}
  - name: POD_NAME
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  - name: POD_UID
    valueFrom:
      fieldRef:
        fieldPath: metadata.uid
  - name: POD_NAMESPACE
    valueFrom:
      fieldRef:
        fieldPath: metadata.namespace
  - name: NODE_NAME
    valueFrom:
      fieldRef:
        fieldPath: spec.nodeName
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  - name: config
    mountPath: /etc/ankra-support-agent
    readOnly: true
  {{- if include "agent.tokenSecret" . }}
  # Whole folders: a file mounted by subPath would never change again.
  - name: token
    mountPath: {{ include "agent.tokenFolder" . }}
    readOnly: true
  {{- end }}
  {{- if include "agent.hasCa" . }}
  - name: ca
    mountPath: {{ include "agent.caFolder" . }}
    readOnly: true
  {{- end }}
  {{- if .Values.ticketApi.proxy.existingSecret.name }}
  - name: proxy
    mountPath: {{ include "agent.proxyFolder" . }}
    readOnly: true
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
