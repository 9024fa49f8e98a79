// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A listener that fails does not affect the queue or the other listeners, and is logged once. */
class ListenersTest {

  private final Logger logger = Logger.getLogger("dev.jetlane");
  private final List<LogRecord> lines = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private final IllegalStateException atPush = new IllegalStateException("at a push");
  private final IllegalStateException failure = new IllegalStateException("at a warning");

  private final Listeners listeners =
      new Listeners(
          List.of(
              new QueueListener() {
                @Override
                public Task pushing(String partition, Task task) {
                  throw atPush;
                }

                @Override
                public void warned(QueueEvent.Warned event) {
                  throw failure;
                }
              },
              new QueueListener() {
                @Override
                public void warned(QueueEvent.Warned event) {
                  told.add(event.text());
                }
              }));

  private final Handler collector =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          lines.add(line);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void collect() {
    logger.addHandler(collector);
  }

  @AfterEach
  void end() {
    logger.removeHandler(collector);
  }

  @Test
  void theFirstFailureIsLogged() {
    Task task = Task.of("task", "");
    assertThat(listeners.pushing("gpu", task, each -> {})).isSameAs(task);
    listeners.warned("the disk is almost full");
    assertThat(told).containsExactly("the disk is almost full");
    assertThat(lines).extracting(LogRecord::getThrown).containsExactly(atPush);
  }

  @Test
  void aFailureInAnEventIsLogged() {
    listeners.warned("the disk is almost full");
    assertThat(lines).extracting(LogRecord::getThrown).containsExactly(failure);
  }
}
