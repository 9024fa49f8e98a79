// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import io.nats.client.support.JsonParseException;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A report as JSON, with every measurement, for programs and for later result pages. */
final class Json {

  private Json() {}

  static String of(Report report) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("section", report.section());
    json.put("surroundings", report.surroundings());
    json.put("contests", report.standings().stream().map(Json::contest).toList());
    return text(json, "") + "\n";
  }

  private static Map<String, Object> contest(Standings standings) {
    Contest contest = standings.contest();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("title", contest.title());
    json.put("benchmark", contest.benchmark());
    json.put("primary", contest.primary().name());
    json.put("columns", contest.columns().stream().map(Metric::name).toList());
    json.put("baseline", contest.baseline());
    json.put("swept", contest.swept());
    json.put("ownJvm", contest.ownJvm());
    json.put("parameters", new TreeMap<>(contest.parameters()));
    json.put("entries", contest.entries().stream().map(Json::entry).toList());
    json.put("failures", standings.failures());
    json.put("measurements", standings.measurements().stream().map(Json::measurement).toList());
    return json;
  }

  private static Map<String, Object> entry(Entry entry) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", entry.name());
    json.put("label", entry.label());
    json.put("series", entry.series());
    json.put("parameters", new TreeMap<>(entry.parameters()));
    return json;
  }

  private static Map<String, Object> measurement(Measurement measurement) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("entry", measurement.entry());
    json.put("round", measurement.round());
    for (Metric metric : Metric.values()) {
      Double value = measurement.values().get(metric);
      if (value != null) {
        json.put(metric.name(), Math.round(value * 1_000) / 1_000.0);
      }
    }
    return json;
  }

  /** Writes objects on several lines, except those that contain only values. */
  static String text(Object value, String indent) {
    String deeper = indent + "  ";
    if (value instanceof Map<?, ?> object) {
      boolean flat = object.values().stream().noneMatch(v -> v instanceof Map || v instanceof List);
      String separator = flat && !indent.isEmpty() ? "" : "\n" + deeper;
      return object.entrySet().stream()
          .map(e -> separator + string(e.getKey().toString()) + ": " + text(e.getValue(), deeper))
          .collect(
              Collectors.joining(
                  separator.isEmpty() ? ", " : ",",
                  "{",
                  separator.isEmpty() ? "}" : "\n" + indent + "}"));
    }
    if (value instanceof List<?> list) {
      boolean flat = list.stream().noneMatch(v -> v instanceof Map || v instanceof List);
      String separator = flat ? "" : "\n" + deeper;
      return list.stream()
          .map(element -> separator + text(element, deeper))
          .collect(Collectors.joining(flat ? ", " : ",", "[", flat ? "]" : "\n" + indent + "]"));
    }
    return value instanceof String text ? string(text) : String.valueOf(value);
  }

  private static String string(String text) {
    StringBuilder json = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                json.append('\\').append((char) c);
              } else if (c < ' ' || c == '<') {
                // With '<' escaped the text can be part of a script element.
                json.append(String.format("\\u%04x", c));
              } else {
                json.append((char) c);
              }
            });
    return json.append('"').toString();
  }

  /** Reads the text that {@link #of} wrote. */
  static Report read(String json) throws JsonParseException {
    JsonValue report = JsonParser.parse(json);
    List<Standings> standings = new ArrayList<>();
    for (JsonValue contest : array(report, "contests")) {
      standings.add(standings(contest));
    }
    return new Report(
        string(report, "section"),
        Surroundings.ordered(strings(report, "surroundings")),
        standings);
  }

  private static Standings standings(JsonValue json) {
    List<Entry> entries = new ArrayList<>();
    for (JsonValue entry : array(json, "entries")) {
      entries.add(
          new Entry(
              string(entry, "name"),
              string(entry, "label"),
              string(entry, "series"),
              strings(entry, "parameters")));
    }
    Standings standings =
        new Standings(
            new Contest(
                string(json, "title"),
                string(json, "benchmark"),
                Boolean.TRUE.equals(field(json, "ownJvm").bool),
                entries,
                string(json, "baseline"),
                Metric.valueOf(string(json, "primary")),
                array(json, "columns").stream().map(c -> Metric.valueOf(c.string)).toList(),
                string(json, "swept"),
                strings(json, "parameters")));
    standings.failures().putAll(strings(json, "failures"));
    for (JsonValue measurement : array(json, "measurements")) {
      Map<Metric, Double> values = new EnumMap<>(Metric.class);
      for (Metric metric : Metric.values()) {
        JsonValue value = measurement.map.get(metric.name());
        if (value != null) {
          values.put(metric, value.number.doubleValue());
        }
      }
      standings.add(
          new Measurement(
              string(measurement, "entry"), field(measurement, "round").number.intValue(), values));
    }
    return standings;
  }

  private static JsonValue field(JsonValue json, String name) {
    JsonValue value = json.map.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no " + name + " in " + json.map.keySet());
    }
    return value;
  }

  private static String string(JsonValue json, String name) {
    return field(json, name).string;
  }

  private static List<JsonValue> array(JsonValue json, String name) {
    return field(json, name).array;
  }

  private static Map<String, String> strings(JsonValue json, String name) {
    Map<String, String> strings = new LinkedHashMap<>();
    JsonValue object = field(json, name);
    object.map.keySet().stream().sorted().forEach(key -> strings.put(key, string(object, key)));
    return strings;
  }
}
