// The words that analysis-tools.yml uses for each enumerator.
#pragma once

#include "stages/job/job.hpp"

#include <array>
#include <utility>

namespace af {

template <class E, std::size_t N>
using WordTable = std::array<std::pair<std::string_view, E>, N>;

inline constexpr WordTable<Language, 5> kLanguageWords{{{"python", Language::python},
                                                        {"javascript", Language::javascript},
                                                        {"binary", Language::binary},
                                                        {"native", Language::native},
                                                        {"builtin", Language::builtin}}};
inline constexpr WordTable<BuiltinOperation, 8> kOperationWords{{{"sum", BuiltinOperation::sum},
                                                                 {"count", BuiltinOperation::count},
                                                                 {"min", BuiltinOperation::min},
                                                                 {"max", BuiltinOperation::max},
                                                                 {"mean", BuiltinOperation::mean},
                                                                 {"unique", BuiltinOperation::unique},
                                                                 {"histogram", BuiltinOperation::histogram},
                                                                 {"top-k", BuiltinOperation::top_k}}};
inline constexpr WordTable<RecordFormat, 4> kFormatWords{{{"uuid-json", RecordFormat::uuid_json},
                                                          {"json-lines", RecordFormat::json_lines},
                                                          {"lines", RecordFormat::lines},
                                                          {"tsv", RecordFormat::tsv}}};
inline constexpr WordTable<MapInput, 3> kInputWords{
    {{"records", MapInput::records}, {"lines", MapInput::lines}, {"files", MapInput::files}}};
inline constexpr WordTable<Decompress, 3> kDecompressWords{
    {{"auto", Decompress::automatic}, {"true", Decompress::yes}, {"false", Decompress::no}}};
inline constexpr WordTable<OnBad, 2> kOnBadWords{{{"skip", OnBad::skip}, {"fail", OnBad::fail}}};

}  // namespace af
