// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.armonik;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.wire.ConnectionMonitor;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Adds a partition's subject to the list of a stream that has no wildcard, as ArmoniK's adapter
 * does.
 *
 * <p>A server does not compare the list that it replaces: when two clients read the list, add to it
 * and write it back, one of them loses its subject (20 updates left 8 to 11 of 21 subjects, on 2.9,
 * 2.10 and 2.15). So this writes the union of the listed subjects and those of the consumers, which
 * a lost update does not affect; reads again to verify; and runs again if a push finds no stream.
 */
final class ArmonikSubjects implements Dialect.SubjectList {

  private static final long PAUSE_NANOS = 20_000_000;

  private final JetStreamApi api;
  private final ConnectionMonitor monitor;

  ArmonikSubjects(JetStreamApi api, ConnectionMonitor monitor) {
    this.api = api;
    this.monitor = monitor;
  }

  @Override
  public StreamInfo provide(
      String subject,
      StreamConfiguration wanted,
      @Nullable Consumer<StreamConfiguration> create,
      long deadlineNanos) {
    String name = wanted.getName();
    while (true) {
      StreamInfo there = api.streamInfo(name, deadlineNanos);
      boolean has = there != null && there.getConfiguration().getSubjects().contains(subject);
      if (there != null && has) {
        return there;
      }
      if (create == null) {
        throw new QueueUnavailableException(
            "stream " + name + " or its subject " + subject + " does not exist", null);
      }
      if (there == null) {
        create.accept(wanted);
      } else {
        add(subject, there.getConfiguration(), deadlineNanos);
      }
      if (System.nanoTime() - deadlineNanos > 0) {
        throw new QueueUnavailableException(
            "stream " + name + " lost subject " + subject + " repeatedly", null);
      }
    }
  }

  /** Adds a subject. If another client adds one at the same time, the caller tries again. */
  private void add(String subject, StreamConfiguration found, long deadlineNanos) {
    Set<String> subjects = new LinkedHashSet<>(found.getSubjects());
    subjects.add(subject);
    for (ConsumerInfo consumer : api.consumers(found.getName(), deadlineNanos)) {
      String filter = consumer.getConsumerConfiguration().getFilterSubject();
      if (filter != null && !filter.isEmpty()) {
        subjects.add(filter);
      }
    }
    List<String> all = new ArrayList<>(subjects);
    api.change(
        "add subject " + subject + " to stream " + found.getName(),
        "STREAM.UPDATE." + found.getName(),
        deadlineNanos,
        management ->
            management.updateStream(StreamConfiguration.builder(found).subjects(all).build()));
    try {
      // A client that read the list before this write writes its own list during this pause.
      monitor.pause(PAUSE_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueueUnavailableException("interrupted", e);
    }
  }
}
