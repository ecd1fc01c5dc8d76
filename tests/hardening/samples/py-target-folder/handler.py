import sys

import arrow

print("Moin", ", ".join(sys.argv[1:]) + ", it is", arrow.utcnow().humanize())
