// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import dev.jetlane.ConfigDriftException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The differences between existing and configured settings, and the response to them. */
public final class Drift {

  /** The response of a client to settings that differ. */
  public enum Response {
    FAIL,
    UPDATE,
    ACCEPT
  }

  /** The possible responses to a different setting. */
  enum Weight {
    /** Defines the queue: can be neither changed nor accepted. */
    FIXED,
    /** No server can change it, and the queue works with either value. */
    BORN_WITH,
    /** Can be changed, and the queue works with either value. */
    FREE,
    /** Can be changed; the queue does not keep its promises with another value. */
    NEEDED,
    /**
     * Can be changed, and only one call needs it: a difference only for a client that changes
     * settings.
     */
    OPTIONAL
  }

  private record Difference(String setting, Weight weight, String values) {
    @Override
    public String toString() {
      return setting + ": " + values;
    }
  }

  private final String what;
  private final Response response;
  private final Consumer<String> warn;
  private final List<Difference> differences = new ArrayList<>();

  /**
   * @param warn receives the accepted and changed differences
   */
  Drift(String what, Response response, Consumer<String> warn) {
    this.what = what;
    this.response = response;
    this.warn = warn;
  }

  void compare(String setting, Weight weight, @Nullable Object wanted, @Nullable Object found) {
    boolean matters = weight != Weight.OPTIONAL || response == Response.UPDATE;
    if (matters && !Objects.equals(wanted, found)) {
      differences.add(new Difference(setting, weight, "wanted " + wanted + ", is " + found));
    }
  }

  /**
   * Applies the response; returns whether the caller must change the settings.
   *
   * @throws ConfigDriftException if there is a difference that the policy does not allow
   */
  boolean mustUpdate() {
    if (differences.isEmpty()) {
      return false;
    }
    switch (response) {
      case UPDATE -> refuse("cannot be changed: ", List.of(Weight.FIXED, Weight.BORN_WITH));
      case ACCEPT -> refuse("cannot be accepted: ", List.of(Weight.FIXED, Weight.NEEDED));
      case FAIL -> refuse("", List.of(Weight.values()));
    }
    boolean update = response == Response.UPDATE;
    warn.accept(
        what
            + " exists with other settings, which are "
            + (update ? "changed: " : "accepted: ")
            + text(differences));
    return update;
  }

  /** Throws if there is a difference after a creation or change. */
  void requireNone() {
    List<Difference> left =
        differences.stream().filter(each -> each.weight != Weight.OPTIONAL).toList();
    if (!left.isEmpty()) {
      throw failure("", left);
    }
  }

  private void refuse(String why, List<Weight> weights) {
    List<Difference> refused =
        differences.stream().filter(each -> weights.contains(each.weight)).toList();
    if (!refused.isEmpty()) {
      throw failure(why, refused);
    }
  }

  private ConfigDriftException failure(String why, List<Difference> refused) {
    return new ConfigDriftException(
        what + " exists with other settings (" + why + text(refused) + ")", null);
  }

  private static String text(List<Difference> differences) {
    return String.join("; ", differences.stream().map(Difference::toString).toList());
  }
}
