package dev.jetlane.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Every single measurement, for programs to read. */
final class Json {

  private Json() {}

  static String of(Map<String, String> surroundings, List<Standings> all) {
    return "{\n  \"surroundings\": "
        + object(surroundings)
        + ",\n  \"contests\": [\n"
        + all.stream().map(Json::contest).collect(Collectors.joining(",\n"))
        + "\n  ]\n}\n";
  }

  private static String contest(Standings standings) {
    Contest contest = standings.contest();
    return "    {\n      \"title\": "
        + string(contest.title())
        + ",\n      \"benchmark\": "
        + string(contest.benchmark().getName())
        + ",\n      \"parameters\": "
        + object(contest.parameters())
        + ",\n      \"baseline\": "
        + string(contest.baseline().name())
        + ",\n      \"failures\": "
        + object(standings.failures())
        + ",\n      \"measurements\": [\n"
        + standings.measurements().stream()
            .map(Json::measurement)
            .collect(Collectors.joining(",\n"))
        + "\n      ]\n    }";
  }

  private static String measurement(Measurement m) {
    return String.format(
        Locale.ROOT,
        "        {\"rival\": %s, \"round\": %d, \"tasksPerSecond\": %.1f, \"bytesPerTask\": %.1f,"
            + " \"emptyPulls\": %d}",
        string(m.rival()),
        m.round(),
        m.tasksPerSecond(),
        m.bytesPerTask(),
        m.emptyPulls());
  }

  private static String object(Map<String, String> values) {
    return values.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> string(entry.getKey()) + ": " + string(entry.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  static String string(String text) {
    StringBuilder json = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                json.append('\\').append((char) c);
              } else if (c < ' ') {
                json.append(String.format("\\u%04x", c));
              } else {
                json.append((char) c);
              }
            });
    return json.append('"').toString();
  }
}
