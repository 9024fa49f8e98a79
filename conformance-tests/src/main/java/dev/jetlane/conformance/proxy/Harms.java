// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.proxy;

import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.Harm;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The armed harms, and the harmed exchanges. The reply subject identifies an exchange: a repetition
 * of the request has the same one.
 */
final class Harms {

  private record Armed(Exchange exchange, Harm harm) {}

  private final List<Armed> armed = new ArrayList<>();
  private final Map<String, Harm> hit = new HashMap<>();
  private int happened;

  synchronized void arm(Exchange exchange, Harm harm) {
    armed.add(new Armed(exchange, harm));
  }

  synchronized void disarm() {
    armed.clear();
  }

  synchronized int happened() {
    return happened;
  }

  /** Returns the harm to a request to the server, if any. */
  synchronized @Nullable Harm ofRequest(@Nullable Exchange exchange, String reply) {
    Harm again = reply.isEmpty() ? null : hit.get(reply);
    if (again != null) {
      boolean onlyOnce = again == Harm.CUT_BEFORE || again == Harm.CUT_AFTER;
      return onlyOnce || again == Harm.FIRST_CONFIRMATION_LOST ? null : again;
    }
    for (Iterator<Armed> each = armed.iterator(); each.hasNext(); ) {
      Armed next = each.next();
      if (next.exchange() == exchange) {
        each.remove();
        happened++;
        if (!reply.isEmpty()) {
          hit.put(reply, next.harm());
        }
        return next.harm();
      }
    }
    return null;
  }

  /** Returns the harm to an answer to the client, if any. */
  synchronized @Nullable Harm ofAnswer(String subject) {
    Harm harm = hit.get(subject);
    if (harm == null) {
      return null;
    }
    if (harm != Harm.CONFIRMATION_LOST) {
      hit.remove(subject); // The other harms happen only once.
    }
    return harm;
  }
}
