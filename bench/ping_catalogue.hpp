// What a saved-session ping is made of: the histograms of Firefox 22 to 28, machines, SQL statements, add-ons.
#pragma once

#include <span>
#include <string_view>

namespace af::bench {

// Histograms are written as Telemetry wrote them: the buckets, then five numbers. An exponential one ends with sum,
// log sum, log sum of squares, -1, -1; a linear one with sum, -1, -1 and the sum of squares in two halves.
enum Scale : unsigned char { kExponential, kLinear };

struct Histogram {
    std::string_view name;
    unsigned short buckets;
    unsigned short filled;  // buckets that are usually not 0
    unsigned char digits;   // of the largest count
    Scale scale;
};
std::span<const Histogram> histograms();

struct Adapter {
    std::string_view vendor_id, device_id, description, driver, driver_version, driver_date, ram;
};
std::span<const Adapter> adapters();

std::span<const std::string_view> simple_measurements();  // names of plain numbers
std::span<const std::string_view> sql_statements();       // JSON-escaped
std::span<const std::string_view> addons();               // ids
std::span<const std::string_view> locales();

}  // namespace af::bench
