package dev.jetlane.conformance.run;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetters;
import dev.jetlane.conformance.oracle.History.DeadListed;
import dev.jetlane.conformance.oracle.History.Done;
import dev.jetlane.conformance.oracle.History.Letter;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.History.Purged;
import dev.jetlane.conformance.oracle.History.Redriven;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The dead-letter part of a plan. */
public final class Letters {

  private final Clients clients;

  Letters(Clients clients) {
    this.clients = clients;
  }

  Outcome list(int partition) {
    return new DeadListed(letters(partition).stream().map(Letters::letter).toList());
  }

  Outcome redrive(int partition, int k) {
    List<DeadLetter> all = letters(partition);
    if (all.isEmpty()) {
      return new Done();
    }
    DeadLetter chosen = all.get(Math.floorMod(k, all.size()));
    return new Redriven(letter(chosen), dead(partition).redrive(chosen.id()));
  }

  Outcome purge(int partition) {
    return new Purged(dead(partition).purge());
  }

  private List<DeadLetter> letters(int partition) {
    return dead(partition).list(PlanRunner.EVERYTHING);
  }

  private DeadLetters dead(int partition) {
    return clients.partition(partition, 0).deadLetters();
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
