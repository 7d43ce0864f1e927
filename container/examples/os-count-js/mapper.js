exports.mapper = (uuid, file, ping) => [[ping.info.OS, 1]];
