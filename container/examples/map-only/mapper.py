def mapper(uuid, file, ping):
    info = ping["info"]
    return "\t".join([uuid, info["OS"], info["appVersion"]])
