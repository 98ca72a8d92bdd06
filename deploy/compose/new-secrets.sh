#!/usr/bin/env bash
# Makes what the Compose file needs and no repository may hold: one file per secret in ./secrets, and ./.env with the passwords.
# Replaces neither.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
for made in secrets .env; do
  if [ -e "$made" ]; then
    echo "$made is already there; delete it first if every token and password shall change" >&2
    exit 1
  fi
done

umask 077
mkdir secrets
for name in {admin,researcher,reader,join}.token {postgres-superuser,postgres-owner,postgres-api,grafana-admin}.password; do
  head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n' > "secrets/$name"
done
# Containers read them as users of their own; nobody else gets into the folder.
chmod 444 secrets/*.token

while IFS= read -r line; do
  case $line in
    *_PASSWORD=)
      name=${line%_PASSWORD=}
      name=${name,,}
      line+=$(cat "secrets/${name//_/-}.password")
      ;;
  esac
  printf '%s\n' "$line"
done < .env.example > .env
