def mapper(uuid, file, ping):
    yield ping["info"]["OS"], 1
