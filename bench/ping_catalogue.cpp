#include "bench/ping_catalogue.hpp"

namespace af::bench {
namespace {

constexpr Adapter kAdapters[] = {
    {"0x10de", "0x042b", "NVIDIA Quadro NVS 135M", "nvd3dum nvwgf2um", "7.15.11.7968", "3-11-2009", "128"},
    {"0x10de", "0x1180", "NVIDIA GeForce GTX 680", "nvd3dumx,nvwgf2umx,nvwgf2umx nvd3dum,nvwgf2um,nvwgf2um",
     "9.18.13.3165", "10-23-2013", "2048"},
    {"0x10de", "0x0644", "NVIDIA GeForce 9500 GS", "nvd3dumx,nvwgf2umx,nvwgf2umx nvd3dum,nvwgf2um,nvwgf2um",
     "9.18.13.1090", "12-29-2012", "512"},
    {"0x8086", "0x0166", "Intel(R) HD Graphics 4000",
     "igdumdim64 igd10iumd64 igd10iumd64 igdumdim32 igd10iumd32 igd10iumd32", "10.18.10.3316", "10-1-2013", "Unknown"},
    {"0x8086", "0x0046", "Intel(R) HD Graphics", "igdumd64 igd10umd64 igdumdx32 igd10umd32", "8.15.10.2827",
     "8-3-2012", "Unknown"},
    {"0x8086", "0x2a42", "Mobile Intel(R) 4 Series Express Chipset Family", "igdumdx32 igd10umd32", "8.15.10.1892",
     "8-28-2009", "Unknown"},
    {"0x8086", "0x29c2", "Intel(R) G33/G31 Express Chipset Family", "igxprd32", "6.14.10.5402", "9-24-2012", "256"},
    {"0x1002", "0x68b8", "ATI Radeon HD 5700 Series", "aticfx64 aticfx64 aticfx32 atiumd64 atidxx64 atiumdag",
     "12.104.0.0", "4-29-2013", "1024"},
    {"0x1002", "0x9802", "AMD Radeon HD 6310 Graphics", "aticfx64 aticfx64 aticfx32 aticfx32 atiumd64 atidxx64",
     "8.982.10.5000", "7-9-2013", "384"},
    {"0x1002", "0x9610", "Carte graphique VGA standard \\u00e9tendue", "vga framebuf vga256 vga64k", "6.1.7600.16385",
     "6-21-2006", "Unknown"},
};

constexpr std::string_view kSimpleMeasurements[] = {
    "XPI_bootstrap_addons_begin", "selectProfile", "firstLoadURI", "AMI_startup_end", "XPI_bootstrap_addons_end",
    "startupSessionRestoreReadBytes", "delayedStartupFinished", "firstPaint", "delayedStartupStarted",
    "XPI_startup_begin", "maximalNumberOfConcurrentThreads", "startupCrashDetectionEnd", "XPI_finalUIStartup",
    "startupSessionRestoreWriteBytes", "startupCrashDetectionBegin", "XPI_startup_end", "AMI_startup_begin",
    "sessionRestored", "shutdownDuration", "createTopLevelWindow", "sessionRestoreRestoring",
    "sessionRestoreInitialized", "startupWindowVisibleWriteBytes", "startupWindowVisibleReadBytes",
};

constexpr std::string_view kSqlStatements[] = {
    "COMMIT TRANSACTION /* places.sqlite */",
    "COMMIT TRANSACTION /* cookies.sqlite */",
    "UPDATE moz_places SET title = :page_title WHERE id = :page_id  /* places.sqlite */",
    "UPDATE moz_hosts SET permission = ?2, expireType= ?3, expireTime = ?4 WHERE id = ?1 /* permissions.sqlite */",
    "INSERT OR REPLACE INTO daily_last_numeric VALUES (:field_id, :days, :value) /* healthreport.sqlite */",
    "INSERT OR REPLACE INTO last_text VALUES (:field_id, :days, :value) /* healthreport.sqlite */",
    "SELECT * FROM v_measurements /* healthreport.sqlite */",
    "SELECT COUNT(1) AS numLogins FROM moz_logins WHERE (hostname = :hostname) AND (httpRealm isnull) "
    "/* signons.sqlite */",
    "SELECT scope, SUM(LENGTH(key) + LENGTH(value)) FROM ( SELECT scope, key, value FROM webappsstore2 "
    "WHERE scope LIKE :quotaKey) GROUP BY scope /* webappsstore.sqlite */",
    "INSERT INTO moz_formhistory (fieldname, value, timesUsed, firstUsed, lastUsed, guid) VALUES (:fieldname, :value, "
    ":timesUsed, :firstUsed, :lastUsed, :guid) /* formhistory.sqlite */",
    "/* c:\\\\builds\\\\moz2_slave\\\\storage\\\\src\\\\mozStorageConnection.cpp */ PRAGMA cache_size = -2048 "
    "/* addons.sqlite */",
    "SELECT value FROM \\\"moz_meta\\\" WHERE key = 'schema' /* addons.sqlite */",
};

constexpr std::string_view kAddons[] = {
    "{972ce4c6-7e08-4474-a285-3208198ce6fd}", "{d10d0bf8-f5b5-c8b4-a8b2-2b9879e08c5d}",
    "{b9db16a4-6edc-47ec-a1f4-b86292ed211d}", "{73a6fe31-595d-460b-a920-fcc0f8843232}",
    "firebug@software.joehewitt.com",         "{e4a8a97b-f2ed-450b-b12d-ee082ba24781}",
    "testpilot@labs.mozilla.com",             "{46551EC9-40F0-4e47-8E18-8E5CF550CFB8}",
    "wrc@avast.com",                          "{20a82645-c095-46ed-80e3-08825760534b}",
    "elemhidehelper@adblockplus.org",         "ghostery@ghostery.example",
};

constexpr std::string_view kLocales[] = {"en-US", "en-US", "en-US", "de",    "fr",   "ru",
                                         "es-ES", "pl",    "ja",    "pt-BR", "zh-CN"};

}  // namespace

std::span<const Adapter> adapters() { return kAdapters; }
std::span<const std::string_view> simple_measurements() { return kSimpleMeasurements; }
std::span<const std::string_view> sql_statements() { return kSqlStatements; }
std::span<const std::string_view> addons() { return kAddons; }
std::span<const std::string_view> locales() { return kLocales; }

}  // namespace af::bench
