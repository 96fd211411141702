"""How Schemathesis sends a body of the protocol tus."""

import schemathesis


@schemathesis.serializer("application/offset+octet-stream")
def offset(context, value):
    return value if isinstance(value, bytes) else str(value).encode()
