{{- /* What all pods share: labels, settings, secrets as files, and what a container may do. */ -}}
{{- define "budkavle.name" -}}
{{- if eq .Release.Name "budkavle" }}budkavle{{ else }}{{ printf "%s-budkavle" .Release.Name | trunc 48 | trimSuffix "-" }}{{ end -}}
{{- end -}}

{{- define "budkavle.selector" -}}
app.kubernetes.io/name: budkavle
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "budkavle.labels" -}}
{{ include "budkavle.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{- define "budkavle.toml" -}}
{{- $settings := fromToml .Values.settings }}
{{- with $settings.Error }}
{{- fail (printf "settings cannot be read as TOML: %s" .) }}
{{- end }}
{{- if not (regexMatch "^[a-z0-9]+://" (toString $settings.storage)) }}
{{- fail "settings: storage has to name a store that all pods reach, such as \"s3://bucket/prefix\"; files that a pod keeps are gone with it" }}
{{- end }}
{{- $accepted := default list $settings.accepted }}
{{- if not (kindIs "slice" $accepted) }}
{{- fail "settings: accepted has to be a list, such as [\"pages\", \"metrics\"]" }}
{{- end }}
{{- if not (or .Values.tls.secret (and (has "pages" $accepted) (has "metrics" $accepted))) }}
{{- fail "tls.secret has to name a Secret with tls.crt and tls.key; without it pages and figures cross the cluster's network in clear, and accepted in settings has to name \"pages\" and \"metrics\"" }}
{{- end }}
data = "/var/lib/budkavle"
keys = "/run/secrets/budkavle/{{ .Values.secret.masterKey }}"
base_url = "https://{{ .Values.host }}"
outside = "/var/lib/budkavle-outside"
{{ .Values.settings | trim }}
{{- end -}}

{{- define "budkavle.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {{- toYaml .Values.seccompProfile | nindent 4 }}
{{- end -}}

{{- define "budkavle.container" -}}
image: "{{ .Values.image.repository }}@{{ .Values.image.digest }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{- define "budkavle.environment" -}}
- {name: BUDKAVLE_CONFIG, value: /etc/budkavle/budkavle.toml}
- {name: BUDKAVLE__DATABASE__URL_FILE, value: "/run/secrets/budkavle/{{ .Values.secret.databaseUrl }}"}
- {name: BUDKAVLE__KEY_STORE__URL_FILE, value: "/run/secrets/budkavle/{{ .Values.secret.keyStoreUrl }}"}
- {name: BUDKAVLE__METRICS__TOKEN_FILE, value: "/run/secrets/budkavle/{{ .Values.secret.metricsToken }}"}
- {name: BUDKAVLE__METRICS__LISTEN, value: "0.0.0.0:9421"}
# Pods have another name each time; the machine keeps its own.
- {name: BUDKAVLE__NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
{{- range $name, $key := .Values.secret.more }}
- {name: {{ $name }}, value: "/run/secrets/budkavle/{{ $key }}"}
{{- end }}
{{- if .Values.tls.secret }}
- {name: BUDKAVLE__TLS__CERTIFICATE, value: /run/secrets/budkavle-tls/tls.crt}
- {name: BUDKAVLE__TLS__KEY, value: /run/secrets/budkavle-tls/tls.key}
{{- end }}
{{- if .Values.authorities.configMap }}
- {name: SSL_CERT_FILE, value: "/etc/budkavle-authorities/{{ .Values.authorities.key }}"}
- {name: SSL_CERT_DIR, value: /etc/budkavle-authorities}
{{- end }}
{{- end -}}

{{- define "budkavle.files" -}}
{{- range $name, $value := .Values.files.variables }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- if .Values.files.secret }}
{{- range $name := list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" }}
- {name: {{ $name }}, valueFrom: {secretKeyRef: {name: {{ $.Values.files.secret }}, key: {{ $name }}}}}
{{- end }}
{{- end }}
{{- end -}}

{{- define "budkavle.mounts" -}}
- {name: settings, mountPath: /etc/budkavle, readOnly: true}
- {name: secrets, mountPath: /run/secrets/budkavle, readOnly: true}
- {name: data, mountPath: /var/lib/budkavle}
- {name: tmp, mountPath: /tmp}
- {name: outside, mountPath: /var/lib/budkavle-outside}
{{- if .Values.tls.secret }}
- {name: tls, mountPath: /run/secrets/budkavle-tls, readOnly: true}
{{- end }}
{{- if .Values.authorities.configMap }}
- {name: authorities, mountPath: /etc/budkavle-authorities, readOnly: true}
{{- end }}
{{- end -}}

{{- define "budkavle.volumes" -}}
- {name: secrets, secret: {secretName: {{ .Values.secret.name }}, defaultMode: 0440}}
- {name: data, emptyDir: {}}
- {name: tmp, emptyDir: {}}
- {name: outside, persistentVolumeClaim: {claimName: {{ .Values.outside.existingClaim }}}}
{{- if .Values.tls.secret }}
- {name: tls, secret: {secretName: {{ .Values.tls.secret }}, defaultMode: 0440}}
{{- end }}
{{- if .Values.authorities.configMap }}
- {name: authorities, configMap: {name: {{ .Values.authorities.configMap }}}}
{{- end }}
{{- end -}}
