// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Equality, copies and texts of the values that calls return. */
class ValueObjectsTest {

  private static final Instant NOON = Instant.parse("2030-01-01T12:00:00Z");

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void comparesEachPart(Supplier<Object> one, Map<String, Object> others) {
    assertThat(one.get()).isEqualTo(one.get()).hasSameHashCodeAs(one.get()).isNotEqualTo(null);
    others.forEach(
        (part, other) -> {
          assertThat(one.get()).as("another %s", part).isNotEqualTo(other);
          assertThat(other).as("another %s", part).isNotEqualTo(one.get());
        });
  }

  private static DeadLetter letter(
      String id, String taskId, String payload, String header, int priority, int attempts) {
    return new DeadLetter(
        id, taskId, bytes(payload), Map.of("h", header), priority, attempts, "bad", NOON);
  }

  @Test
  void deadLettersAreEqualInEachPart() {
    Supplier<Object> one = () -> letter("1", "task", "payload", "v", 2, 3);
    Map<String, Object> others = new LinkedHashMap<>();
    others.put("id", letter("2", "task", "payload", "v", 2, 3));
    others.put("task id", letter("1", "other", "payload", "v", 2, 3));
    others.put("payload", letter("1", "task", "other", "v", 2, 3));
    others.put("headers", letter("1", "task", "payload", "w", 2, 3));
    others.put("priority", letter("1", "task", "payload", "v", 3, 3));
    others.put("attempts", letter("1", "task", "payload", "v", 2, 2));
    others.put(
        "reason",
        new DeadLetter("1", "task", bytes("payload"), Map.of("h", "v"), 2, 3, "worse", NOON));
    others.put(
        "time",
        new DeadLetter(
            "1", "task", bytes("payload"), Map.of("h", "v"), 2, 3, "bad", NOON.plusNanos(1)));
    others.put("type", "text");
    comparesEachPart(one, others);
  }

  private static TaskInfo info(String id, TaskState state, int attempts, int priority, int age) {
    return info(id, state, attempts, priority, age, 6, "v", 7, "payload");
  }

  private static TaskInfo info(
      String id,
      TaskState state,
      int attempts,
      int priority,
      int age,
      int dueIn,
      String header,
      int size,
      String payload) {
    return new TaskInfo(
        id,
        state,
        attempts == 0 ? OptionalInt.empty() : OptionalInt.of(attempts),
        priority,
        Duration.ofSeconds(age),
        dueIn == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(dueIn)),
        Map.of("h", header),
        size,
        payload.isEmpty() ? Optional.empty() : Optional.of(bytes(payload)));
  }

  @Test
  void descriptionsOfTasksAreEqualInEachPart() {
    TaskState ready = TaskState.READY;
    Map<String, Object> others = new LinkedHashMap<>();
    others.put("id", info("b", ready, 1, 2, 3));
    others.put("state", info("a", TaskState.DELAYED, 1, 2, 3));
    others.put("attempts", info("a", ready, 2, 2, 3));
    others.put("unknown attempts", info("a", ready, 0, 2, 3));
    others.put("priority", info("a", ready, 1, 3, 3));
    others.put("age", info("a", ready, 1, 2, 4));
    others.put("due time", info("a", ready, 1, 2, 3, 7, "v", 7, "payload"));
    others.put("missing due time", info("a", ready, 1, 2, 3, 0, "v", 7, "payload"));
    others.put("headers", info("a", ready, 1, 2, 3, 6, "w", 7, "payload"));
    others.put("size", info("a", ready, 1, 2, 3, 6, "v", 8, "payload"));
    others.put("payload", info("a", ready, 1, 2, 3, 6, "v", 7, "other"));
    others.put("missing payload", info("a", ready, 1, 2, 3, 6, "v", 7, ""));
    others.put("type", "text");
    comparesEachPart(() -> info("a", ready, 1, 2, 3), others);
    comparesEachPart(() -> info("a", ready, 0, 2, 3, 0, "v", 7, ""), others);
  }

  @Test
  void aDescriptionOfATaskShowsNoPayloadAndNoHeaderValue() {
    assertThat(info("a", TaskState.DELAYED, 0, 2, 3, 6, "secret", 7, "secret"))
        .hasToString(
            "TaskInfo[a, DELAYED, attempts unknown, priority 2, age PT3S, due in PT6S,"
                + " headers [h], 7 bytes]");
    assertThat(info("a", TaskState.READY, 1, 2, 3, 0, "secret", 7, ""))
        .hasToString("TaskInfo[a, READY, attempts 1, priority 2, age PT3S, headers [h], 7 bytes]");
  }

  @Test
  void tasksAreEqualInEachPart() {
    Supplier<Task> base =
        () ->
            Task.of("id", "payload")
                .withHeader("h", "v")
                .withDelay(Duration.ofSeconds(1))
                .withDeadline(NOON)
                .withPriority(2);
    Map<String, Object> others = new LinkedHashMap<>();
    others.put("header", base.get().withHeader("h", "w"));
    others.put("delay", base.get().withDelay(Duration.ofSeconds(2)));
    others.put("due time", base.get().withDelayUntil(NOON));
    others.put("deadline", base.get().withDeadline(NOON.plusNanos(1)));
    others.put("missing deadline", base.get().withoutDeadline());
    others.put("time to live", base.get().withTimeToLive(Duration.ofSeconds(1)));
    others.put("priority", base.get().withPriority(1));
    others.put("type", "text");
    comparesEachPart(base::get, others);
    assertThat(Task.of("id", "a").hashCode()).isNotEqualTo(Task.of("id", "b").hashCode());
  }

  /** What one method sets, no other one takes away. */
  @Test
  void aTaskKeepsItsOtherParts() {
    Task task =
        Task.of("id", "payload")
            .withHeader("h", "v")
            .withPriority(2)
            .withDelayUntil(NOON)
            .withTimeToLive(Duration.ofSeconds(9));
    Task delayed = task.withDelay(Duration.ofSeconds(1));
    assertThat(delayed.timeToLive()).contains(Duration.ofSeconds(9));
    assertThat(delayed.delay()).isEqualTo(Duration.ofSeconds(1));
    Task ending = task.withDeadline(NOON.plusSeconds(5));
    assertThat(ending.delayUntil()).contains(NOON);
    Task until = delayed.withDeadline(NOON).withDelayUntil(NOON.minusSeconds(1));
    assertThat(until.deadline()).contains(NOON);
    Task living = delayed.withDeadline(NOON).withTimeToLive(Duration.ofSeconds(3));
    assertThat(living.delay()).isEqualTo(Duration.ofSeconds(1));
    assertThat(task.withTimeToLive(Duration.ofSeconds(3)).delayUntil()).contains(NOON);
    assertThat(delayed.withDelayUntil(NOON).timeToLive()).contains(Duration.ofSeconds(9));
    assertThat(delayed.withDelayUntil(NOON).delay()).isZero();
    assertThat(delayed.withoutDeadline().delay()).isEqualTo(Duration.ofSeconds(1));
    for (Task each : List.of(delayed, ending, until, living, task.withHeader("i", "w"))) {
      assertThat(each.id()).isEqualTo("id");
      assertThat(each.priority()).isEqualTo(2);
      assertThat(each.headers()).containsEntry("h", "v");
      assertThat(each.payload()).isEqualTo(bytes("payload"));
    }
    Task again = task.withPriority(3).withHeaders(Map.of("x", "y"));
    assertThat(again.delayUntil()).contains(NOON);
    assertThat(again.timeToLive()).contains(Duration.ofSeconds(9));
    assertThat(again.priority()).isEqualTo(3);
    assertThat(again.headers()).containsExactly(Map.entry("x", "y"));
  }

  @Test
  void aTextOfATaskHasAllThatIsSet() {
    Task task = Task.of("id", "payload").withHeader("h", "secret").withPriority(2);
    assertThat(task.withDelay(Duration.ofSeconds(1)).withDeadline(NOON))
        .hasToString(
            "Task[id, 7 bytes, headers [h], delay PT1S, deadline 2030-01-01T12:00:00Z,"
                + " priority 2]");
    assertThat(task.withDelayUntil(NOON).withTimeToLive(Duration.ofSeconds(9)))
        .hasToString(
            "Task[id, 7 bytes, headers [h], delay until 2030-01-01T12:00:00Z, time to live PT9S,"
                + " priority 2]");
  }

  @Test
  void aPayloadIsCopiedToThePlaceThatTheCallerNames() {
    Task task = Task.of("id", new byte[] {1, 2, 3});
    byte[] target = new byte[5];
    task.copyPayload(target, 1);
    assertThat(target).containsExactly(0, 1, 2, 3, 0);
    assertThat(task.payloadSize()).isEqualTo(3);
    assertThatThrownBy(() -> task.copyPayload(target, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(target).as("after a copy that did not fit").containsExactly(0, 1, 2, 3, 0);
  }

  @Test
  void textsAreUtf8() {
    assertThat(Task.of("id", "gr\u00fcn").payload()).isEqualTo(bytes("gr\u00fcn"));
    assertThat(Task.withRandomId("gr\u00fcn").payload()).isEqualTo(bytes("gr\u00fcn"));
  }

  /** A later change of a list or a map of the caller changes no value. */
  @Test
  void collectionsAreCopied() {
    Map<String, String> headers = new HashMap<>(Map.of("h", "v"));
    DeadLetter letter = new DeadLetter("1", "t", new byte[0], headers, 0, 1, "bad", NOON);
    TaskInfo info =
        new TaskInfo(
            "a",
            TaskState.READY,
            OptionalInt.empty(),
            0,
            Duration.ZERO,
            Optional.empty(),
            headers,
            0,
            Optional.empty());
    Task task = Task.of("id", "").withHeaders(headers);
    List<String> texts = new ArrayList<>(List.of("x"));
    Health health = new Health(true, false, texts);
    Page<String> page = new Page<>(texts, Optional.empty());
    List<PushOutcome> outcomes =
        new ArrayList<>(List.of(new PushOutcome.Stored(new PushReceipt("a", false))));
    PushReport report = new PushReport(outcomes);
    List<Delivery> deliveries = new ArrayList<>(List.of(delivery()));
    QueueEvent.Pulled pulled = new QueueEvent.Pulled("p", deliveries);
    headers.clear();
    texts.clear();
    outcomes.clear();
    deliveries.clear();
    for (Map<String, String> copy : List.of(letter.headers(), info.headers(), task.headers())) {
      assertThat(copy).containsExactly(Map.entry("h", "v"));
      assertThatThrownBy(copy::clear).isInstanceOf(UnsupportedOperationException.class);
    }
    for (List<?> copy :
        List.of(health.problems(), page.items(), report.outcomes(), pulled.deliveries())) {
      assertThat(copy).hasSize(1);
      assertThatThrownBy(copy::clear).isInstanceOf(UnsupportedOperationException.class);
    }
    assertThat(pulled.tasks()).isEqualTo(1);
  }

  private static Delivery delivery() {
    return (Delivery)
        Proxy.newProxyInstance(
            Delivery.class.getClassLoader(),
            new Class<?>[] {Delivery.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "hashCode" -> 7;
                  case "equals" -> proxy == arguments[0];
                  case "toString" -> "the delivery";
                  case "leaseRemaining" -> Duration.ofNanos(1);
                  default -> null;
                });
  }

  @Test
  void aTypedDeliveryShowsNoValueAndClosesItsDelivery() {
    List<String> calls = new ArrayList<>();
    Delivery delivery =
        (Delivery)
            Proxy.newProxyInstance(
                Delivery.class.getClassLoader(),
                new Class<?>[] {Delivery.class},
                (proxy, method, arguments) -> {
                  calls.add(method.getName());
                  return method.getName().equals("toString") ? "Delivery[a]" : null;
                });
    TypedDelivery<String> typed = new TypedDelivery<>("secret", delivery);
    assertThat(typed.toString()).isEqualTo("TypedDelivery[Delivery[a]]");
    typed.close();
    assertThat(calls).containsExactly("toString", "close");
  }

  @Test
  void theBacklogIsReadyAndOutstandingTasks() {
    Stats stats = new Stats(1, 20, 300, 4_000, 50_000);
    assertThat(stats.backlog()).isEqualTo(21);
    assertThat(stats.ready()).isEqualTo(1);
    assertThat(stats.outstanding()).isEqualTo(20);
    assertThat(stats.redelivered()).isEqualTo(300);
    assertThat(stats.delayed()).isEqualTo(4_000);
    assertThat(stats.dead()).isEqualTo(50_000);
    assertThat(new Stats(1, 20, 300)).isEqualTo(new Stats(1, 20, 0, 0, 300));
  }

  @Test
  void goodHealthHasNoProblems() {
    assertThat(Health.up()).isEqualTo(new Health(true, true, List.of()));
  }

  @Test
  void anOutcomeNamesItsTaskAndItsFailure() {
    QueueFullException full = new QueueFullException("full", null);
    OutcomeUnknownException unknown = new OutcomeUnknownException("lost", null);
    PushOutcome stored = new PushOutcome.Stored(new PushReceipt("a", true));
    PushOutcome refused = new PushOutcome.Refused("b", full);
    PushOutcome lost = new PushOutcome.Unknown("c", unknown);
    assertThat(stored.taskId()).isEqualTo("a");
    assertThat(stored.failure()).isEmpty();
    assertThat(stored.isStored()).isTrue();
    assertThat(refused.taskId()).isEqualTo("b");
    assertThat(refused.failure()).containsSame(full);
    assertThat(refused.isStored()).isFalse();
    assertThat(lost.taskId()).isEqualTo("c");
    assertThat(lost.failure()).containsSame(unknown);
    assertThat(lost.isStored()).isFalse();
  }

  /** One exception may be the failure of several tasks; an exception cannot suppress itself. */
  @Test
  void eachOtherFailureOfAReportIsSuppressedOnce() {
    QueueFullException full = new QueueFullException("full", null);
    OutcomeUnknownException unknown = new OutcomeUnknownException("lost", null);
    QueueUnavailableException down = new QueueUnavailableException("down", null);
    PushReport report =
        new PushReport(
            List.of(
                new PushOutcome.Refused("a", full),
                new PushOutcome.Refused("b", full),
                new PushOutcome.Stored(new PushReceipt("s", false)),
                new PushOutcome.Unknown("c", unknown),
                new PushOutcome.Refused("d", down)));
    assertThatThrownBy(report::requireAllStored).isSameAs(full);
    assertThat(full.getSuppressed()).containsExactly(unknown, down);
  }

  @Test
  void aLeaseHasExpiredWhenNothingOfItRemains() throws Throwable {
    for (Duration remaining : List.of(Duration.ZERO, Duration.ofNanos(1))) {
      Delivery delivery =
          (Delivery)
              Proxy.newProxyInstance(
                  Delivery.class.getClassLoader(),
                  new Class<?>[] {Delivery.class},
                  (proxy, method, arguments) ->
                      method.isDefault()
                          ? InvocationHandler.invokeDefault(proxy, method, arguments)
                          : remaining);
      assertThat(delivery.leaseExpired()).isEqualTo(remaining.isZero());
    }
  }
}
