package dev.jetlane.nats.provision;

import dev.jetlane.ConfigDriftException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The settings that are not as this client wants them, and what is to be done about it. */
public final class Drift {

  /** What a client does about settings that differ. */
  public enum Response {
    FAIL,
    UPDATE,
    ACCEPT
  }

  /** What can be done about a setting that is another one. */
  enum Weight {
    /** It decides what the queue is: it can be neither changed nor accepted. */
    FIXED,
    /** No server changes it, and the queue works with either. */
    BORN_WITH,
    /** Can be changed, and the queue works with either. */
    FREE,
    /** Can be changed; the queue does not keep its promises with another one. */
    NEEDED,
    /** Can be changed, and only one call needs it: no difference but for who changes settings. */
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
   * @param warn is told of differences that are accepted or changed
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
   * Decides. Returns whether the settings are to be changed.
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
            + " is there with other settings, which are "
            + (update ? "changed: " : "accepted: ")
            + text(differences));
    return update;
  }

  /** For what was just created or changed. */
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
        what + " is there with other settings (" + why + text(refused) + ")", null);
  }

  private static String text(List<Difference> differences) {
    return String.join("; ", differences.stream().map(Difference::toString).toList());
  }
}
