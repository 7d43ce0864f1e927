"""Errors of the API, with the body the real services send: {code, message, requestInfo}."""

STATUS = {"MalformedPayload": 400, "InvalidRequestArguments": 400, "InputValidationError": 400, "InputError": 400,
          "AuthenticationFailed": 401, "InsufficientScopes": 403, "ResourceNotFound": 404, "RequestConflict": 409,
          "ResourceExpired": 410, "InternalServerError": 500}


class ApiError(Exception):
    """Ends a call. `code` is one of STATUS, `message` what a person reads."""

    def __init__(self, code, message, status=None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or STATUS[code]


def error_body(error, info):
    """`info` is the requestInfo: {method, params, payload, time}."""
    trailer = (f"\n\n---\n\n* method:     {info['method']}\n* errorCode:  {error.code}\n"
               f"* statusCode: {error.status}\n* time:       {info['time']}")
    return {"code": error.code, "message": error.message + trailer, "requestInfo": info}
