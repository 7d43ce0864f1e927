#include "bench/ping.hpp"

#include "bench/ping_catalogue.hpp"
#include "bench/random.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

namespace af::bench {
namespace {

void append_number(std::string& out, std::uint64_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, static_cast<std::size_t>(end - digits));
}

void append_hex(std::string& out, std::uint64_t number, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += "0123456789abcdef"[(number >> shift) & 15];
}

void append_uuid(std::string& out, Random& random) {
    const std::uint64_t high = random.next();
    const std::uint64_t low = random.next();
    append_hex(out, high >> 32, 8);
    out += '-';
    append_hex(out, high >> 16, 4);
    out += "-4";
    append_hex(out, high, 3);
    out += '-';
    append_hex(out, 0x8000 | ((low >> 48) & 0x3fff), 4);
    out += '-';
    append_hex(out, low, 12);
}

// `count` times "0, ".
void append_zeros(std::string& out, std::size_t count) {
    constexpr std::string_view kZeros = "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ";
    for (; count >= 16; count -= 16) out += kZeros;
    out += kZeros.substr(0, 3 * count);
}

void append_text(std::string& out, std::string_view key, std::string_view value) {
    out += '"';
    out += key;
    out += "\": \"";
    out += value;
    out += "\", ";
}

void append_flag(std::string& out, std::string_view key, bool value) {
    out += '"';
    out += key;
    out += value ? "\": true, " : "\": false, ";
}

void append_count(std::string& out, std::string_view key, std::uint64_t value) {
    out += '"';
    out += key;
    out += "\": ";
    append_number(out, value);
    out += ", ";
}

// Replaces the ", " after the last member.
void close(std::string& out, std::string_view end) {
    if (out.ends_with(", ")) out.resize(out.size() - 2);
    out += end;
}

// Small counts are common and large ones rare, as in real histograms.
std::uint64_t bucket_count(Random& random, unsigned digits) {
    constexpr std::uint32_t kBelow[] = {4, 20, 60, 300, 1200, 5000};
    const std::uint64_t roll = random.next();
    const unsigned most = std::min(digits, 5u);
    const unsigned size = std::min<unsigned>(static_cast<unsigned>(std::countr_one(roll)), most);
    return 1 + ((roll >> 32) * kBelow[size] >> 32);
}

// Buckets lie around a middle that belongs to the histogram and moves a little with each ping.
void append_histogram(std::string& out, const Histogram& shape, Random& random) {
    out += '"';
    out += shape.name;
    out += "\": [";
    std::uint64_t sum = 0;
    const std::uint64_t roll = random.next();
    const unsigned filled = (roll & 3) ? std::max<unsigned>(1, shape.filled * (4 + ((roll >> 8) & 15)) / 12) : 1;
    if (filled == 1) {
        const std::uint64_t count = (roll & 0x30) ? 1 : bucket_count(random, shape.digits);
        append_number(out, count);
        out += ", ";
        append_zeros(out, shape.buckets - 1u);
    } else {
        const unsigned width = std::min<unsigned>(filled, shape.buckets);
        const unsigned first = (shape.buckets - width) * (4 + ((roll >> 16) & 3)) / 12;
        append_zeros(out, first);
        for (unsigned i = 0; i < width; ++i) {
            const std::uint64_t count = bucket_count(random, shape.digits);
            sum += count * (first + i);
            append_number(out, count);
            out += ", ";
        }
        append_zeros(out, shape.buckets - width - first);
    }
    append_number(out, sum);
    if (shape.scale == kLinear) {
        out += ", -1, -1, ";
        append_number(out, sum * 12);
        out += ", 0], ";
    } else if (sum == 0) {
        out += ", 0, 0, -1, -1], ";
    } else {
        for (int i = 0; i < 2; ++i) {
            out += ", ";
            append_number(out, sum / 3 + i);
            out += '.';
            append_number(out, 1000000000000u + random.next() % 9000000000000u);
        }
        out += ", -1, -1], ";
    }
}

Os pick_os(const PingTopic& topic, Random& random) {
    if (topic.app_name == "Fennec") return Os::android;
    const std::uint32_t roll = random.below(100);
    if (roll < 82) return Os::winnt;
    return roll < 92 ? Os::darwin : Os::linux_;
}

std::string_view os_version(Os os, Random& random) {
    constexpr std::string_view kVersions[4][4] = {{"5.1", "6.0", "6.1", "6.3"},
                                                  {"10.8.0", "12.5.0", "13.0.0", "11.4.2"},
                                                  {"3.2.0-56-generic", "3.8.0-33-generic", "3.11.7-1-ARCH", "2.6.32"},
                                                  {"10", "15", "16", "18"}};
    return kVersions[static_cast<std::size_t>(os)][random.below(4)];
}

void append_info(std::string& out, const PingTopic& topic, Os os, Random& random) {
    const Adapter& adapter = adapters()[random.below(static_cast<std::uint32_t>(adapters().size()))];
    const bool mobile = os == Os::android;
    const bool newer = random.chance(80);
    out += "{\"info\": {";
    append_text(out, "adapterDriverVersion", adapter.driver_version);
    append_flag(out, "hasARMv6", mobile);
    append_flag(out, "hasARMv7", mobile && newer);
    append_text(out, "appName", topic.app_name);
    append_text(out, "locale", locales()[random.below(static_cast<std::uint32_t>(locales().size()))]);
    append_text(out, "appUpdateChannel", topic.channel);
    if (os == Os::winnt) append_flag(out, "D2DEnabled", newer);
    append_text(out, "flashVersion", random.chance(70) ? "11.9.900.117" : "11.8.800.168");
    append_count(out, "memsize", 1000u * (1u << random.below(5)) + random.below(48));
    append_text(out, "adapterDescription", adapter.description);
    append_flag(out, "hasSSE4A", adapter.vendor_id == "0x1002");
    append_flag(out, "hasSSE4_1", newer);
    append_flag(out, "hasSSE4_2", newer && random.chance(70));
    append_flag(out, "isWow64", os == Os::winnt && random.chance(50));
    append_text(out, "appVersion", topic.version);
    append_text(out, "version", os_version(os, random));
    append_flag(out, "hasSSSE3", newer);
    append_text(out, "adapterVendorID", adapter.vendor_id);
    append_flag(out, "hasMMX", !mobile);
    append_text(out, "adapterDriverDate", adapter.driver_date);
    append_text(out, "adapterRAM", adapter.ram);
    append_text(out, "revision", "http://hg.mozilla.org/mozilla-central/rev/" + topic.build_id.substr(2));
    append_text(out, "appBuildID", topic.build_id);
    append_text(out, "appID", "{ec8030f7-c20a-464f-9b0e-13a3a9e97384}");
    append_text(out, "reason", topic.reason);
    append_count(out, "cpucount", 1u << random.below(4));
    append_text(out, "arch", mobile ? "arm" : random.chance(60) ? "x86" : "x86-64");
    append_flag(out, "hasEDSP", mobile);
    append_flag(out, "hasSSE2", !mobile);
    append_flag(out, "hasSSE3", !mobile && newer);
    append_text(out, "adapterDeviceID", adapter.device_id);
    append_text(out, "adapterDriver", adapter.driver);
    append_text(out, "platformBuildID", topic.build_id);
    append_flag(out, "hasNEON", mobile && newer);
    append_text(out, "addons", "%7B972ce4c6-7e08-4474-a285-3208198ce6fd%7D:" + topic.version);
    append_text(out, "OS", os_name(os));
    close(out, "}, ");
}

void append_slow_sql(std::string& out, Random& random) {
    out += "\"slowSQL\": {";
    for (const std::string_view thread : {"mainThread", "otherThreads"}) {
        out += '"';
        out += thread;
        out += "\": {";
        const auto statements = sql_statements();
        // Each statement at most once, as keys of an object must be.
        for (std::size_t i = random.below(3); i < statements.size() && random.chance(35); i += 1 + random.below(3)) {
            out += '"';
            out += statements[i];
            out += "\": [";
            append_number(out, 1 + random.below(9));
            out += ", ";
            append_number(out, 50 + random.below(4000));
            out += "], ";
        }
        close(out, "}, ");
    }
    close(out, "}, ");
}

void append_addon_details(std::string& out, Random& random) {
    out += "\"addonDetails\": {\"XPI\": {";
    for (const std::string_view id : addons()) {
        if (id != addons().front() && !random.chance(10)) continue;
        out += '"';
        out += id;
        out += random.chance(50) ? "\": {\"unpacked\": 1}, " : "\": {\"modifiedInstallRDF\": 1, \"unpacked\": 1}, ";
    }
    close(out, "}}, ");
}

void append_simple_measurements(std::string& out, Random& random) {
    out += "\"simpleMeasurements\": {";
    append_count(out, "uptime", random.below(900));
    for (const std::string_view name : simple_measurements()) {
        append_count(out, name, name.ends_with("Bytes") ? random.below(60'000'000) : random.below(20'000));
    }
    append_count(out, "startupInterrupted", random.below(2));
    append_count(out, "debuggerAttached", 0);
    out += "\"js\": {\"customIter\": ";
    append_number(out, random.below(14));
    out += ", \"setProto\": 0}, \"addonManager\": {\"XPIDB_syncRead_MS\": ";
    append_number(out, random.below(9));
    out += ", \"XPIDB_saves_total\": ";
    append_number(out, random.below(7));
    out += "}}, ";
}

void append_chrome_hangs(std::string& out, Random& random) {
    out += "\"chromeHangs\": {\"memoryMap\": [";
    const bool hung = random.chance(4);
    if (hung) out += "[\"firefox.exe\", \"4CBF1FA6DF1A4F0DA5E8A7B9DE21F39E2\"], [\"xul.pdb\", \"22E2C1A2C3B64B0F\"]";
    out += "], \"durations\": [";
    if (hung) append_number(out, 1 + random.below(30));
    out += "], \"stacks\": [";
    if (hung) {
        out += '[';
        for (int i = 0; i < 12; ++i) {
            out += '[';
            append_number(out, random.below(2));
            out += ", ";
            append_number(out, random.below(9'000'000));
            out += "], ";
        }
        close(out, "]");
    }
    out += "]}, ";
}

// Takes each histogram with the chance that makes the section about `bytes` long, in an order the version decides (as
// the hash order of one build did).
void append_histograms(std::string& out, const PingTopic& topic, std::size_t bytes, Random& random) {
    constexpr std::size_t kAllBytes = 66'000;  // a ping that has every histogram
    const auto all = histograms();
    const std::size_t end = out.size() + bytes;
    const auto chance = static_cast<std::uint32_t>(std::min<std::size_t>(1000, bytes * 1060 / kAllBytes));
    std::uint64_t order = 0;
    for (const char c : topic.version) order = order * 31 + static_cast<unsigned char>(c);
    out += "\"histograms\": {";
    for (std::size_t i = 0, at = order % all.size(); i < all.size() && out.size() < end; ++i) {
        if (random.below(1000) < chance) append_histogram(out, all[at], random);
        at = at + 1 == all.size() ? 0 : at + 1;
    }
    close(out, "}, ");
}

void append_keyed_histograms(std::string& out, std::size_t end, Random& random) {
    out += "\"keyedHistograms\": {";
    if (out.size() + 200 < end) {
        out += "\"ADDON_SHIM_USAGE\": {";
        for (std::uint64_t key = 0; out.size() < end; ++key) {
            const Histogram shape{"", 15, 3, 2, kLinear};
            out += "\"addon-";
            append_number(out, key);
            out += "@example.org\": {";
            append_histogram(out, shape, random);
            close(out, "}, ");
        }
        close(out, "}, ");
    }
    close(out, "}");
}

}  // namespace

Os append_ping(std::string& out, const PingTopic& topic, std::uint64_t seed, std::size_t target_bytes) {
    constexpr std::size_t kTailBytes = 1'500;  // what comes after the histograms
    Random random(seed);
    const std::size_t end = out.size() + target_bytes;
    append_uuid(out, random);
    out += '\t';
    const Os os = pick_os(topic, random);
    append_info(out, topic, os, random);
    out += "\"addonHistograms\": {}, \"lateWrites\": {\"memoryMap\": [], \"stacks\": []}, \"ver\": 2, ";
    const std::size_t room = end > out.size() + kTailBytes ? end - out.size() - kTailBytes : 0;
    append_histograms(out, topic, room, random);
    append_slow_sql(out, random);
    append_addon_details(out, random);
    append_simple_measurements(out, random);
    append_chrome_hangs(out, random);
    append_keyed_histograms(out, end, random);
    out += "}\n";
    return os;
}

void append_bad_line(std::string& out, BadLine kind, const PingTopic& topic, std::uint64_t seed) {
    Random random(seed);
    append_uuid(out, random);
    if (kind == BadLine::format) {
        out += " a line without a tab\n";
        return;
    }
    out += '\t';
    append_info(out, topic, pick_os(topic, random), random);
    out.resize(out.size() - 40);
    out += '\n';
}

}  // namespace af::bench
