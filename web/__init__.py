"""Pages over the same functions that the JSON routes call, and the service that shows both.

A question's arithmetic is small and many are asked at once: a second thread for one product of matrices waits in a
loop for a processor that another question needs. So the libraries below get one thread each, unless the environment
says otherwise; they read this when they are first imported, which is after this.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
# Pydantic would read what every installed package says of itself, to find extensions: there are none here.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
