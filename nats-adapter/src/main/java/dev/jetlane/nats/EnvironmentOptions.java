// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Options from environment variables: the four of ArmoniK's adapter, and others in the same
 * pattern.
 */
final class EnvironmentOptions {

  private static final System.Logger LOG = System.getLogger("dev.jetlane.nats");
  private static final String PREFIX = "Nats__";
  private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,18}");
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,3})?");
  private static final int UNLIMITED_PUSHES = 16_384;

  /** Stands for a secret value in messages. */
  private static final Object HIDDEN =
      new Object() {
        @Override
        public String toString() {
          return "(not shown)";
        }
      };

  private record Variable(boolean secret, BiFunction<NatsOptions, String, NatsOptions> set) {}

  private static final Map<String, Variable> KNOWN = known();

  private EnvironmentOptions() {}

  static Set<String> names() {
    return KNOWN.keySet().stream()
        .map(name -> PREFIX + name)
        .collect(Collectors.toUnmodifiableSet());
  }

  static NatsOptions apply(NatsOptions base, Map<String, String> environment) {
    if (environment == null) {
      throw new InvalidInputException("environment", null, "must not be null");
    }
    NatsOptions options = base;
    for (Map.Entry<String, Variable> each : KNOWN.entrySet()) {
      String value = environment.get(PREFIX + each.getKey());
      if (value != null) {
        options = set(options, each.getKey(), each.getValue(), value.strip());
      }
    }
    for (String name : new TreeSet<>(environment.keySet())) {
      if (name.startsWith(PREFIX) && !KNOWN.containsKey(name.substring(PREFIX.length()))) {
        LOG.log(System.Logger.Level.WARNING, "unknown environment variable {0} is ignored", name);
      }
    }
    return options;
  }

  /**
   * Checks how often ArmoniK's agent extends a lease. This client does not use the value: it keeps
   * leases by {@link dev.jetlane.PullOptions}. A value that ArmoniK refuses is refused here too.
   */
  private static NatsOptions checkStep(NatsOptions options, Duration step) {
    if (step.isZero()) {
      throw new InvalidInputException("time", step, "must be positive");
    }
    if (step.compareTo(options.queue().lease()) >= 0) {
      throw new InvalidInputException(
          "time",
          step,
          "must be less than Nats__AckWait, which is " + options.queue().lease().toSeconds());
    }
    return options;
  }

  private static NatsOptions set(
      NatsOptions options, String name, Variable variable, String value) {
    try {
      return variable.set.apply(options, value);
    } catch (InvalidInputException e) {
      throw new InvalidInputException(
          "environment variable " + PREFIX + name, variable.secret ? HIDDEN : value, e.rule());
    }
  }

  private static Map<String, Variable> known() {
    Map<String, Variable> all = new LinkedHashMap<>();
    BiFunction<NatsOptions, String, NatsOptions> parallelism =
        (options, value) -> options.withMaxInFlight(pushesAtOnce(whole(value)));
    all.put("Url", new Variable(true, NatsOptions::withUrl));
    add(all, "AckWait", (o, v) -> o.withQueue(o.queue().withLease(seconds(v))));
    add(all, "AckExtendDeadlineStep", (o, v) -> checkStep(o, seconds(v)));
    add(all, "DegreeOfParallelism", parallelism);
    add(all, "Stream", NatsOptions::withStream);
    add(all, "SubjectPrefix", NatsOptions::withSubjectPrefix);
    add(all, "Domain", NatsOptions::withDomain);
    add(all, "ApiPrefix", NatsOptions::withApiPrefix);
    add(all, "Streams", (o, v) -> o.withStreams(whole(v)));
    add(all, "Replicas", (o, v) -> o.withReplicas(whole(v)));
    add(all, "Storage", (o, v) -> o.withStorage(constant(NatsOptions.Storage.class, v)));
    add(
        all,
        "Provisioning",
        (o, v) -> o.withProvisioning(constant(NatsOptions.Provisioning.class, v)));
    add(
        all,
        "DriftPolicy",
        (o, v) -> o.withDriftPolicy(constant(NatsOptions.DriftPolicy.class, v)));
    add(all, "DedupWindow", (o, v) -> queue(o, o.queue().withDedupWindow(seconds(v))));
    add(all, "MaxDeliveries", (o, v) -> queue(o, o.queue().withMaxDeliveries(whole(v))));
    add(all, "MaxOutstanding", (o, v) -> queue(o, o.queue().withMaxOutstanding(whole(v))));
    add(all, "MaxTasks", (o, v) -> queue(o, o.queue().withMaxTasks(whole(v))));
    add(all, "MaxPayloadBytes", (o, v) -> queue(o, o.queue().withMaxPayloadBytes(whole(v))));
    add(all, "Priorities", (o, v) -> queue(o, o.queue().withPriorities(whole(v))));
    add(all, "LowEvery", (o, v) -> queue(o, o.queue().withLowEvery(whole(v))));
    add(all, "MaxBytes", (o, v) -> o.withMaxBytes(wholeLong(v)));
    add(all, "RequestTimeout", (o, v) -> o.withRequestTimeout(seconds(v)));
    add(all, "ConnectTimeout", (o, v) -> o.withConnectTimeout(seconds(v)));
    add(all, "ConnectPatience", (o, v) -> o.withConnectPatience(seconds(v)));
    add(all, "ConnectionName", NatsOptions::withConnectionName);
    add(all, "InboxPrefix", NatsOptions::withInboxPrefix);
    add(all, "CredentialsFile", (o, v) -> o.withCredentialsFile(path(v)));
    add(all, "NkeyFile", (o, v) -> o.withNkeyFile(path(v)));
    all.put("Token", new Variable(true, (o, v) -> o.withToken(v.toCharArray())));
    all.put("User", new Variable(true, NatsOptions::withUserName));
    all.put("Password", new Variable(true, (o, v) -> o.withPassword(v.toCharArray())));
    return all;
  }

  private static void add(
      Map<String, Variable> all, String name, BiFunction<NatsOptions, String, NatsOptions> set) {
    all.put(name, new Variable(false, set));
  }

  private static NatsOptions queue(NatsOptions options, QueueConfig config) {
    return options.withQueue(config);
  }

  /**
   * Returns the number of concurrent pushes. As in ArmoniK, 0 is one per processor, and a negative
   * number no limit.
   */
  private static int pushesAtOnce(int degree) {
    if (degree < 0) {
      return UNLIMITED_PUSHES;
    }
    return degree == 0 ? Runtime.getRuntime().availableProcessors() : degree;
  }

  private static int whole(String value) {
    long number = wholeLong(value);
    if (number != (int) number) {
      throw new InvalidInputException("number", value, "must be a whole number");
    }
    return (int) number;
  }

  private static long wholeLong(String value) {
    if (!WHOLE.matcher(value).matches()) {
      throw new InvalidInputException("number", value, "must be a whole number");
    }
    return Long.parseLong(value);
  }

  private static Duration seconds(String value) {
    if (!SECONDS.matcher(value).matches()) {
      throw new InvalidInputException("time", value, "must be a number of seconds, such as 120");
    }
    return Duration.ofMillis(new java.math.BigDecimal(value).movePointRight(3).longValueExact());
  }

  private static Path path(String value) {
    if (value.isEmpty() || value.indexOf('\0') >= 0) {
      throw new InvalidInputException("file", value, "must be the path of a file");
    }
    return Path.of(value);
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String value) {
    for (E each : type.getEnumConstants()) {
      if (each.name().equalsIgnoreCase(value)) {
        return each;
      }
    }
    throw new InvalidInputException(
        "value",
        value,
        "must be one of "
            + java.util.Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT));
  }
}
