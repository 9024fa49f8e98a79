// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each {@code with} method changes its own setting of a copy, and nothing else. */
class OptionCopiesTest {

  /** A setting, its method, and two values other than the default. */
  private record Setting<O>(
      String name, Function<O, Object> reader, BiFunction<O, Integer, O> change) {}

  private static <O, V> Setting<O> setting(
      String name, Function<O, Object> reader, BiFunction<O, V, O> with, V first, V second) {
    return new Setting<>(
        name, reader, (options, which) -> with.apply(options, which == 1 ? first : second));
  }

  private static Duration s(long seconds) {
    return Duration.ofSeconds(seconds);
  }

  private static final Executor ONE = Runnable::run;
  private static final Executor OTHER = task -> {};

  private static final List<Setting<PullOptions>> PULL =
      List.of(
          setting("prefetch", PullOptions::prefetch, PullOptions::withPrefetch, 7, 8),
          setting(
              "confirmAcks", PullOptions::confirmAcks, PullOptions::withConfirmAcks, false, true),
          setting("keepFor", PullOptions::keepFor, PullOptions::withKeepFor, s(11), s(12)),
          setting(
              "keepEvery",
              o -> o.keepEvery().orElse(Duration.ZERO),
              PullOptions::withKeepEvery,
              s(21),
              s(22)),
          setting("maxBytes", PullOptions::maxBytes, PullOptions::withMaxBytes, 31L, 32L));

  private static final List<Setting<QueueConfig>> QUEUE =
      List.of(
          setting("lease", QueueConfig::lease, QueueConfig::withLease, s(11), s(12)),
          setting(
              "dedupWindow", QueueConfig::dedupWindow, QueueConfig::withDedupWindow, s(21), s(22)),
          setting(
              "maxDeliveries", QueueConfig::maxDeliveries, QueueConfig::withMaxDeliveries, 31, 32),
          setting(
              "maxOutstanding",
              QueueConfig::maxOutstanding,
              QueueConfig::withMaxOutstanding,
              41,
              42),
          setting("maxTasks", QueueConfig::maxTasks, QueueConfig::withMaxTasks, 51, 52),
          setting(
              "maxPayloadBytes",
              QueueConfig::maxPayloadBytes,
              QueueConfig::withMaxPayloadBytes,
              61,
              62));

  private static final List<Setting<WorkerOptions>> WORKER =
      List.of(
          setting(
              "concurrency", WorkerOptions::concurrency, WorkerOptions::withConcurrency, 11, 12),
          setting(
              "fetchAhead", o -> o.fetchAhead().orElse(-7), WorkerOptions::withFetchAhead, 0, 22),
          setting(
              "retryPolicy",
              WorkerOptions::retryPolicy,
              WorkerOptions::withRetryPolicy,
              RetryPolicy.fixed(s(1)),
              RetryPolicy.fixed(s(2))),
          setting("keepFor", WorkerOptions::keepFor, WorkerOptions::withKeepFor, s(31), s(32)),
          setting(
              "keepEvery",
              o -> o.keepEvery().orElse(Duration.ZERO),
              WorkerOptions::withKeepEvery,
              s(41),
              s(42)),
          setting(
              "interruptOnLeaseLost",
              WorkerOptions::interruptOnLeaseLost,
              WorkerOptions::withInterruptOnLeaseLost,
              true,
              false),
          setting(
              "timeLimit",
              o -> o.timeLimit().orElse(Duration.ZERO),
              WorkerOptions::withTimeLimit,
              s(51),
              s(52)),
          setting(
              "hungAfter", WorkerOptions::hungAfter, WorkerOptions::withHungAfter, s(61), s(62)),
          setting(
              "closeDeadline",
              WorkerOptions::closeDeadline,
              WorkerOptions::withCloseDeadline,
              s(71),
              s(72)),
          setting(
              "executor",
              o -> o.executor().orElse(Runnable::run),
              WorkerOptions::withExecutor,
              ONE,
              OTHER),
          setting(
              "failureListener",
              WorkerOptions::failureListener,
              (WorkerOptions o, Consumer<WorkerFailure> listener) ->
                  o.withFailureListener(listener),
              failure -> {},
              WorkerFailure::log));

  private static final List<Setting<TaskQuery>> TASKS =
      List.of(
          setting(
              "state",
              o -> Arrays.stream(TaskState.values()).filter(o::includes).toList(),
              TaskQuery::withState,
              TaskState.READY,
              TaskState.DELAYED),
          setting("max", TaskQuery::max, TaskQuery::withMax, 11, 12),
          setting("start", o -> o.start().orElse("-"), TaskQuery::withStart, "a", "b"));

  private static final Instant NOON = Instant.parse("2030-01-01T12:00:00Z");

  private static final List<Setting<DeadLetterQuery>> LETTERS =
      List.of(
          setting(
              "reason",
              o -> matching(o, "bad", "worse", "good"),
              DeadLetterQuery::withReason,
              "bad",
              "worse"),
          setting(
              "taskId",
              o -> matching(o, "id1", "id2", "other"),
              DeadLetterQuery::withTaskId,
              "id1",
              "id2"),
          setting("max", DeadLetterQuery::max, DeadLetterQuery::withMax, 11, 12),
          setting("start", o -> o.start().orElse("-"), DeadLetterQuery::withStart, "a", "b"));

  /** Returns which words occur in a letter that the query selects. */
  private static Set<String> matching(DeadLetterQuery query, String... words) {
    Set<String> found = new TreeSet<>();
    for (String reason : List.of("bad", "worse", "good")) {
      for (String id : List.of("id1", "id2", "other")) {
        if (query.matches(letter(id, reason, NOON))) {
          Arrays.stream(words).filter(w -> w.equals(reason) || w.equals(id)).forEach(found::add);
        }
      }
    }
    return found;
  }

  private static DeadLetter letter(String taskId, String reason, Instant time) {
    return new DeadLetter("7", taskId, new byte[0], Map.of(), 0, 1, reason, time);
  }

  private static <O> Map<String, Object> values(O options, List<Setting<O>> settings) {
    Map<String, Object> values = new LinkedHashMap<>();
    settings.forEach(each -> values.put(each.name(), each.reader().apply(options)));
    return values;
  }

  private static <O> O all(O start, List<Setting<O>> settings, int which) {
    O options = start;
    for (Setting<O> each : settings) {
      options = each.change().apply(options, which);
    }
    return options;
  }

  private static <O> void eachChangesOnlyItself(O start, List<Setting<O>> settings) {
    O first = all(start, settings, 1);
    Map<String, Object> before = values(first, settings);
    Map<String, Object> second = values(all(start, settings, 2), settings);
    for (Setting<O> each : settings) {
      Map<String, Object> wanted = new LinkedHashMap<>(before);
      wanted.put(each.name(), second.get(each.name()));
      assertThat(second.get(each.name())).as(each.name()).isNotEqualTo(before.get(each.name()));
      assertThat(values(each.change().apply(first, 2), settings))
          .as("a copy with another %s", each.name())
          .isEqualTo(wanted);
      assertThat(values(first, settings)).as("the original of that copy").isEqualTo(before);
    }
  }

  private static void areAllMethodsOf(
      Class<?> type, List<? extends Setting<?>> settings, String... others) {
    Set<String> names =
        settings.stream().map(Setting::name).collect(Collectors.toCollection(TreeSet::new));
    names.addAll(List.of(others));
    Set<String> methods =
        Arrays.stream(type.getMethods())
            .filter(method -> !Modifier.isStatic(method.getModifiers()))
            .map(java.lang.reflect.Method::getName)
            .filter(name -> name.startsWith("with"))
            .map(name -> name.substring(4, 5).toLowerCase(Locale.ROOT) + name.substring(5))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(names).isEqualTo(methods);
  }

  @Test
  void eachPullOptionChangesOnlyItself() {
    areAllMethodsOf(PullOptions.class, PULL);
    eachChangesOnlyItself(PullOptions.defaults(), PULL);
    eachChangesOnlyItself(all(PullOptions.defaults(), PULL, 2).withConfirmAcks(true), PULL);
  }

  @Test
  void eachSettingOfAQueueChangesOnlyItself() {
    areAllMethodsOf(QueueConfig.class, QUEUE, "priorities", "lowEvery");
    eachChangesOnlyItself(QueueConfig.defaults(), QUEUE);
    QueueConfig priorities = QueueConfig.defaults().withPriorities(3).withLowEvery(5);
    eachChangesOnlyItself(priorities, QUEUE);
    QueueConfig changed = all(priorities, QUEUE, 1);
    assertThat(changed.priorities()).isEqualTo(3);
    assertThat(changed.lowEvery()).hasValue(5);
    assertThat(values(changed.withPriorities(4).withLowEvery(6), QUEUE))
        .isEqualTo(values(changed, QUEUE));
    assertThat(changed.withPriorities(4).lowEvery()).as("lowEvery of fewer levels").isEmpty();
    assertThat(changed.withPriorities(4).priorities()).isEqualTo(4);
    assertThat(changed.withLowEvery(6).lowEvery()).hasValue(6);
    assertThat(changed.withLowEvery(6).priorities()).isEqualTo(3);
  }

  @Test
  void eachWorkerOptionChangesOnlyItself() {
    areAllMethodsOf(WorkerOptions.class, WORKER, "virtualThreads");
    eachChangesOnlyItself(WorkerOptions.defaults(), WORKER);
  }

  @Test
  void eachPartOfAQueryChangesOnlyItself() {
    areAllMethodsOf(TaskQuery.class, TASKS, "payloads");
    eachChangesOnlyItself(TaskQuery.defaults(), TASKS);
    eachChangesOnlyItself(TaskQuery.defaults().withPayloads(), TASKS);
    TaskQuery changed = all(TaskQuery.defaults(), TASKS, 1);
    assertThat(changed.payloads()).isFalse();
    assertThat(changed.withPayloads().payloads()).isTrue();
    assertThat(all(changed.withPayloads(), TASKS, 2).payloads()).isTrue();
    assertThat(values(changed.withPayloads(), TASKS)).isEqualTo(values(changed, TASKS));
  }

  @Test
  void eachPartOfAQueryOfLettersChangesOnlyItself() {
    areAllMethodsOf(DeadLetterQuery.class, LETTERS, "since", "before");
    eachChangesOnlyItself(DeadLetterQuery.defaults(), LETTERS);
    DeadLetterQuery hour =
        DeadLetterQuery.defaults().withSince(NOON).withBefore(NOON.plusSeconds(3600));
    eachChangesOnlyItself(hour, LETTERS);
    DeadLetterQuery changed = all(hour, LETTERS, 1);
    assertThat(hours(hour)).containsExactly(0, 1);
    assertThat(hours(changed)).isEqualTo(hours(hour));
    assertThat(hours(changed.withSince(NOON.plusNanos(1)))).containsExactly(1);
    assertThat(hours(changed.withBefore(NOON.plusSeconds(3601)))).containsExactly(0, 1, 2);
    assertThat(values(changed.withSince(NOON).withBefore(NOON.plusSeconds(9)), LETTERS))
        .isEqualTo(values(changed, LETTERS));
  }

  /** Returns which of these times the query selects: before noon, noon, at the end of the hour. */
  private static List<Integer> hours(DeadLetterQuery query) {
    List<Instant> times =
        List.of(
            NOON, NOON.plusSeconds(3600).minusNanos(1), NOON.plusSeconds(3600), NOON.minusNanos(1));
    return IntStream.range(0, times.size())
        .filter(i -> query.matches(letter("id1", "bad", times.get(i))))
        .boxed()
        .toList();
  }

  @Test
  void aReasonIsSelectedByAnyPartOfIt() {
    DeadLetterQuery query = DeadLetterQuery.defaults().withReason("oso");
    assertThat(query.matches(letter("id", "poisoned", NOON))).isFalse();
    assertThat(query.withReason("iso").matches(letter("id", "poisoned", NOON))).isTrue();
    assertThat(query.withReason("").matches(letter("id", "poisoned", NOON))).isTrue();
    DeadLetterQuery id = DeadLetterQuery.defaults().withTaskId("task");
    assertThat(id.matches(letter("task-7", "poisoned", NOON))).as("a longer id").isFalse();
  }

  /** Cancels an option that was forgotten in {@code equals}. */
  @Test
  void equalOptionsAreEqualInEachSetting() {
    compares(PullOptions.defaults(), PULL);
    compares(QueueConfig.defaults().withPriorities(2), QUEUE);
    QueueConfig levels = QueueConfig.defaults().withPriorities(2);
    assertThat(levels).isNotEqualTo(QueueConfig.defaults()).isNotEqualTo(levels.withLowEvery(5));
    assertThat(levels.withLowEvery(5))
        .isEqualTo(QueueConfig.defaults().withPriorities(2).withLowEvery(5))
        .isNotEqualTo(levels.withLowEvery(6));
    assertThat((Object) levels).isNotEqualTo("text");
    assertThat((Object) PullOptions.defaults()).isNotEqualTo("text");
  }

  private static <O> void compares(O defaults, List<Setting<O>> settings) {
    List<O> different = new ArrayList<>(List.of(defaults));
    for (Setting<O> each : settings) {
      O changed = each.change().apply(defaults, 1);
      different.add(changed);
      assertThat(changed)
          .as(each.name())
          .isEqualTo(each.change().apply(defaults, 1))
          .hasSameHashCodeAs(each.change().apply(defaults, 1));
    }
    for (int i = 0; i < different.size(); i++) {
      for (int k = 0; k < different.size(); k++) {
        assertThat(different.get(i).equals(different.get(k)))
            .as("%s equals %s", different.get(i), different.get(k))
            .isEqualTo(i == k);
      }
    }
  }

  @Test
  void theTextHasEachSetting() {
    assertThat(PullOptions.defaults())
        .hasToString("PullOptions[prefetch=0, confirmAcks=true, keepFor=PT0S, maxBytes=16777216]");
    assertThat(all(PullOptions.defaults(), PULL, 1))
        .hasToString(
            "PullOptions[prefetch=7, confirmAcks=false, keepFor=PT11S, keepEvery=PT21S,"
                + " maxBytes=31]");
    assertThat(QueueConfig.defaults())
        .hasToString(
            "QueueConfig[lease=PT2M, dedupWindow=PT2M, maxDeliveries=20, maxOutstanding=10000,"
                + " maxTasks=2147483647, maxPayloadBytes=1000000, priorities=1]");
    assertThat(all(QueueConfig.defaults(), QUEUE, 1).withPriorities(3).withLowEvery(5))
        .hasToString(
            "QueueConfig[lease=PT11S, dedupWindow=PT21S, maxDeliveries=31, maxOutstanding=41,"
                + " maxTasks=51, maxPayloadBytes=61, priorities=3, lowEvery=5]");
    assertThat(WorkerOptions.defaults())
        .hasToString(
            "WorkerOptions[concurrency=8, fetchAhead=adaptive, keepFor=PT12H, keepEvery=a third of"
                + " the lease, interruptOnLeaseLost=false, timeLimit=none, hungAfter=PT12H,"
                + " closeDeadline=PT25S, virtualThreads=false]");
    assertThat(all(WorkerOptions.defaults(), WORKER, 1))
        .hasToString(
            "WorkerOptions[concurrency=11, fetchAhead=0, keepFor=PT31S, keepEvery=PT41S,"
                + " interruptOnLeaseLost=true, timeLimit=PT51S, hungAfter=PT1M1S,"
                + " closeDeadline=PT1M11S, virtualThreads=false]");
    assertThat(TaskQuery.defaults()).hasToString("TaskQuery[any state, max 100]");
    assertThat(TaskQuery.defaults().withState(TaskState.READY).withMax(3))
        .hasToString("TaskQuery[READY, max 3]");
  }

  @Test
  void theDefaultsThatATextDoesNotShow() {
    assertThat(PullOptions.defaults().keepEvery()).isEmpty();
    assertThat(QueueConfig.defaults().lowEvery()).isEmpty();
    WorkerOptions worker = WorkerOptions.defaults();
    assertThat(worker.fetchAhead()).isEmpty();
    assertThat(worker.keepEvery()).isEmpty();
    assertThat(worker.timeLimit()).isEmpty();
    assertThat(worker.executor()).isEmpty();
    assertThat(worker.retryPolicy().delay(3, new Exception(), () -> 0.5))
        .as("the standard policy with a jitter of 0.5")
        .contains(Duration.ofMillis(1500));
    assertThat(WorkerOptions.concurrency(3)).hasToString(worker.withConcurrency(3).toString());
    assertThat(TaskQuery.defaults().state()).isEmpty();
    assertThat(TaskQuery.defaults().start()).isEmpty();
    assertThat(TaskQuery.defaults().payloads()).isFalse();
    assertThat(DeadLetterQuery.defaults().max()).isEqualTo(100);
    assertThat(DeadLetterQuery.defaults().start()).isEmpty();
  }

  /** A handler without lease keeping has no other time after which it hangs. */
  @Test
  void aHandlerHangsAfterTheTimeOfItsLeaseKeepingUnlessTheTimeIsSet() {
    WorkerOptions options = WorkerOptions.defaults();
    assertThat(options.withKeepFor(s(7)).hungAfter()).isEqualTo(s(7));
    assertThat(options.withKeepFor(Duration.ZERO).hungAfter()).isEqualTo(Limits.MAX_KEEP);
    assertThat(options.withHungAfter(s(5)).withKeepFor(s(7)).hungAfter()).isEqualTo(s(5));
    assertThat(options.withHungAfter(s(5)).withKeepFor(Duration.ZERO).hungAfter()).isEqualTo(s(5));
  }

  @Test
  void anExecutorAndVirtualThreadsReplaceEachOther() {
    WorkerOptions executor = WorkerOptions.defaults().withExecutor(ONE);
    assertThat(executor.withVirtualThreads(false).executor())
        .as("no virtual threads leave the executor")
        .containsSame(ONE);
    if (Runtime.version().feature() < 21) {
      assertThatThrownBy(() -> executor.withVirtualThreads(true))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("need JDK 21");
      return;
    }
    WorkerOptions virtual = executor.withVirtualThreads(true);
    assertThat(virtual.virtualThreads()).isTrue();
    assertThat(virtual.executor()).isEmpty();
    assertThat(virtual.withExecutor(OTHER).virtualThreads()).isFalse();
    assertThat(virtual.withExecutor(OTHER).executor()).containsSame(OTHER);
    assertThat(virtual.withVirtualThreads(false).virtualThreads()).isFalse();
    assertThat(executor.executor()).as("the original").containsSame(ONE);
  }
}
