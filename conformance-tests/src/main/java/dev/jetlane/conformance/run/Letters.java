// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetters;
import dev.jetlane.conformance.oracle.History.DeadListed;
import dev.jetlane.conformance.oracle.History.Done;
import dev.jetlane.conformance.oracle.History.Letter;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.History.Purged;
import dev.jetlane.conformance.oracle.History.Redriven;
import dev.jetlane.conformance.oracle.History.Removed;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** The calls of a plan on dead letters. */
public final class Letters {

  private final Clients clients;

  Letters(Clients clients) {
    this.clients = clients;
  }

  Outcome list(int partition) {
    return new DeadListed(letters(partition).stream().map(Letters::letter).toList());
  }

  /**
   * Returns a redrive by the client with a given number. The letter is chosen before the call is
   * made.
   */
  IntFunction<Outcome> redrive(int partition, int k) {
    DeadLetter chosen = choose(partition, k);
    return chosen == null
        ? turn -> new Done()
        : turn -> new Redriven(letter(chosen), dead(partition, turn).redrive(chosen.id()));
  }

  /** Returns a removal, chosen like a redrive. */
  IntFunction<Outcome> remove(int partition, int k) {
    DeadLetter chosen = choose(partition, k);
    return chosen == null
        ? turn -> new Done()
        : turn ->
            new Removed(
                letter(chosen), clients.admin(partition, turn).deadLetters().remove(chosen.id()));
  }

  IntFunction<Outcome> purge(int partition) {
    return turn -> new Purged(dead(partition, turn).purge());
  }

  private @Nullable DeadLetter choose(int partition, int k) {
    List<DeadLetter> all = letters(partition);
    return all.isEmpty() ? null : all.get(Math.floorMod(k, all.size()));
  }

  private List<DeadLetter> letters(int partition) {
    return dead(partition, 0).list(PlanRunner.EVERYTHING);
  }

  private DeadLetters dead(int partition, int turn) {
    return clients.partition(partition, turn).deadLetters();
  }

  private static Letter letter(DeadLetter letter) {
    return new Letter(
        letter.id(),
        letter.taskId(),
        new String(letter.payload(), StandardCharsets.ISO_8859_1),
        letter.headers(),
        letter.attempts(),
        letter.reason());
  }
}
