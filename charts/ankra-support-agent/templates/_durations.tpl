{{/* Written by scripts/render-schema.ts from src/config/schema.ts. */}}
{{- define "agent.durationLimits" -}}
ticketApi:
  timeout:
    minMs: 1000
    maxMs: 20000
    min: 1s
    max: 20s
    default: 20s
  lookupDelay:
    minMs: 0
    maxMs: 600000
    min: 0s
    max: 10m
    default: 30s
classes:
  "*":
    for:
      minMs: 0
      maxMs: 86400000
      min: 0s
      max: 1d
nodes:
  maintenance:
    minMs: 0
    maxMs: 2592000000
    min: 0s
    max: 30d
    default: 1h
groupWait:
  minMs: 0
  maxMs: 300000
  min: 0s
  max: 5m
  default: 10s
resolveAfter:
  minMs: 1000
  maxMs: 86400000
  min: 1s
  max: 1d
  default: 10m
controlPlane:
  for:
    minMs: 60000
    maxMs: 86400000
    min: 1m
    max: 1d
    default: 5m
incidents:
  keepRecovered:
    minMs: 3600000
    maxMs: 31536000000
    min: 1h
    max: 365d
    default: 7d
  keepRejected:
    minMs: 3600000
    maxMs: 31536000000
    min: 1h
    max: 365d
    default: 30d
lease:
  duration:
    minMs: 2000
    maxMs: 600000
    min: 2s
    max: 10m
    default: 30s
  renewDeadline:
    minMs: 1000
    maxMs: 600000
    min: 1s
    max: 10m
    default: 20s
  retryPeriod:
    minMs: 200
    maxMs: 60000
    min: 200ms
    max: 1m
    default: 5s
{{- end }}
