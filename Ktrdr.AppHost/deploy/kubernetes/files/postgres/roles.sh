#!/bin/bash
# Runs once, when the database's volume is empty: our roles and our database, as the embedded edition makes them.
set -euo pipefail
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
  --set owner_password="$KTRDR_OWNER_PASSWORD" --set api_password="$KTRDR_API_PASSWORD" <<'SQL'
CREATE ROLE ktrdr_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE ktrdr_api LOGIN PASSWORD :'api_password';
CREATE DATABASE ktrdr OWNER ktrdr_owner;
SQL
