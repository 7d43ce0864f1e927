def reduce(key, values):
    count = 0
    for v in values:
        count += int(v)
    return str(key) + " " + str(count)
