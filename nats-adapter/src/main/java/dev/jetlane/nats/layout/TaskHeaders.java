// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import io.nats.client.impl.Headers;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The headers of a stored message: those of its producer, of the server, and of Jetlane. All
 * headers of tasks, delayed tasks and dead letters are read here; {@link HeaderBlock} handles those
 * that jnats cannot parse.
 */
public final class TaskHeaders {

  private static final TaskHeaders NONE = new TaskHeaders(null, Map.of());

  private final @Nullable Headers parsed;
  private final Map<String, List<String>> foreign;

  private TaskHeaders(@Nullable Headers parsed, Map<String, List<String>> foreign) {
    this.parsed = parsed;
    this.foreign = foreign;
  }

  /** Returns the headers of a message that jnats delivered. */
  public static TaskHeaders of(@Nullable Headers headers) {
    if (headers == null || headers.isEmpty()) {
      return NONE;
    }
    String wrapped = headers.size() == 1 ? headers.getFirst(HeaderBlock.WRAPPED) : null;
    return wrapped == null
        ? new TaskHeaders(headers, Map.of())
        : new TaskHeaders(null, HeaderBlock.unwrap(wrapped));
  }

  /** Returns the headers in the bytes of a stored message; null has none. */
  public static TaskHeaders of(byte @Nullable [] block) {
    return new TaskHeaders(null, HeaderBlock.parse(block));
  }

  /** Returns the first value of a header; null if it is missing. */
  public @Nullable String first(String name) {
    if (parsed != null) {
      String value = parsed.getFirst(name);
      return value == null ? null : HeaderValue.decode(value);
    }
    List<String> values = foreign.get(name);
    return values == null ? null : HeaderValue.decode(values.get(0));
  }

  /**
   * Returns the headers of the user, without those of the server and of Jetlane. If another client
   * sent a name more than once, the values are joined by commas, as in HTTP.
   */
  public Map<String, String> users() {
    Map<String, String> users = new LinkedHashMap<>();
    if (parsed != null) {
      parsed.forEach((name, values) -> put(users, name, values));
    } else {
      foreign.forEach((name, values) -> put(users, name, values));
    }
    return users.isEmpty() ? Map.of() : Collections.unmodifiableMap(users);
  }

  private static void put(Map<String, String> users, String name, List<String> values) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (!lower.startsWith("nats-") && !lower.startsWith("jetlane-")) {
      users.put(name, values.stream().map(HeaderValue::decode).collect(Collectors.joining(",")));
    }
  }
}
