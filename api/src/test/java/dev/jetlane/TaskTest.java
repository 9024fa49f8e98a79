// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TaskTest {

  @Test
  void neitherTheCallersArrayNorTheReturnedOneChangesATask() {
    byte[] mine = {1, 2, 3};
    Task task = Task.of("id", mine);
    mine[0] = 9;
    task.payload()[1] = 9;
    assertThat(task.payload()).containsExactly(1, 2, 3);
  }

  @Test
  void headersAreImmutableAndReplaced() {
    Task plain = Task.of("id", "payload");
    Task one = plain.withHeader("a", "1");
    assertThat(plain.headers()).isEmpty();
    assertThat(one.withHeader("a", "2").headers()).containsExactly(Map.entry("a", "2"));
    assertThat(one.withHeaders(Map.of("b", "3")).headers()).containsExactly(Map.entry("b", "3"));
    assertThatThrownBy(() -> one.headers().put("x", "y"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void equalByIdPayloadAndHeaders() {
    Task task = Task.of("id", "payload").withHeader("a", "1");
    assertThat(task)
        .isEqualTo(Task.of("id", "payload").withHeader("a", "1"))
        .hasSameHashCodeAs(Task.of("id", "payload").withHeader("a", "1"))
        .isNotEqualTo(Task.of("other", "payload").withHeader("a", "1"))
        .isNotEqualTo(Task.of("id", "other").withHeader("a", "1"))
        .isNotEqualTo(Task.of("id", "payload"));
  }

  @Test
  void aPriorityIsPartOfATaskAndKept() {
    Task task = Task.of("id", "payload").withPriority(2);
    assertThat(task)
        .isEqualTo(Task.of("id", "payload").withPriority(2))
        .isNotEqualTo(Task.of("id", "payload"))
        .hasToString("Task[id, 7 bytes, headers [], priority 2]");
    assertThat(task.withHeader("a", "1").withDelay(Duration.ofSeconds(1)).priority()).isEqualTo(2);
  }

  @Test
  void delaysReplaceEachOther() {
    Instant noon = Instant.parse("2030-01-01T12:00:00Z");
    Task until = Task.of("id", "payload").withDelay(Duration.ofHours(1)).withDelayUntil(noon);
    assertThat(until.delay()).isZero();
    assertThat(until.delayUntil()).contains(noon);
    assertThat(until.withPriority(1).withHeader("a", "1").delayUntil()).contains(noon);
    assertThat(until)
        .isNotEqualTo(Task.of("id", "payload"))
        .hasToString("Task[id, 7 bytes, headers [], delay until 2030-01-01T12:00:00Z]");
    Task later = until.withDelay(Duration.ofHours(1));
    assertThat(later.delayUntil()).isEmpty();
    assertThat(later).isEqualTo(Task.of("id", "payload").withDelay(Duration.ofHours(1)));
  }

  @Test
  void deadlinesReplaceEachOther() {
    Instant noon = Instant.parse("2030-01-01T12:00:00Z");
    Task plain = Task.of("id", "payload");
    Task ending = plain.withTimeToLive(Duration.ofHours(1)).withDeadline(noon);
    assertThat(ending.timeToLive()).isEmpty();
    assertThat(ending.withPriority(1).withDelay(Duration.ofHours(1)).deadline()).contains(noon);
    assertThat(ending)
        .isNotEqualTo(plain)
        .hasToString("Task[id, 7 bytes, headers [], deadline 2030-01-01T12:00:00Z]");
    Task living = ending.withTimeToLive(Duration.ofHours(1));
    assertThat(living.deadline()).isEmpty();
    assertThat(living).hasToString("Task[id, 7 bytes, headers [], time to live PT1H]");
    assertThat(living.withDelayUntil(noon).withoutDeadline()).isEqualTo(plain.withDelayUntil(noon));
    assertThatThrownBy(() -> plain.withTimeToLive(Duration.ZERO))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("time to live");
  }

  @Test
  void randomIdsDiffer() {
    Task one = Task.withRandomId("payload");
    Task other = Task.withRandomId("payload".getBytes(UTF_8));
    assertThat(one.id()).isNotEqualTo(other.id());
    assertThat(one.payload()).isEqualTo(other.payload());
  }

  @Test
  void toStringShowsNoPayloadAndNoHeaderValue() {
    assertThat(Task.of("id", "secret payload").withHeader("auth", "secret value"))
        .hasToString("Task[id, 14 bytes, headers [auth]]");
  }

  @Test
  void aDeadLetterShowsNoPayloadAndNoHeaderValue() {
    DeadLetter letter =
        new DeadLetter(
            "7",
            "id",
            new byte[14],
            Map.of("auth", "secret value"),
            0,
            3,
            "unreadable",
            Instant.EPOCH);
    assertThat(letter)
        .hasToString(
            "DeadLetter[7, task id, 14 bytes, headers [auth], priority 0, attempts 3, unreadable,"
                + " 1970-01-01T00:00:00Z]");
  }
}
