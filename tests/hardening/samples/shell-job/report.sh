#!/bin/bash
set -euo pipefail
echo '{"rain": 4}' | jq -r '"rain today: \(.rain) mm"'
