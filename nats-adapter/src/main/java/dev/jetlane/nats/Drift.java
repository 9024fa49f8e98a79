package dev.jetlane.nats;

import dev.jetlane.ConfigDriftException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The settings that are not as this client wants them. */
final class Drift {

  private final String what;
  private final List<String> differences = new ArrayList<>();

  Drift(String what) {
    this.what = what;
  }

  void compare(String setting, @Nullable Object wanted, @Nullable Object found) {
    if (!Objects.equals(wanted, found)) {
      differences.add(setting + ": wanted " + wanted + ", is " + found);
    }
  }

  void requireNone() {
    if (!differences.isEmpty()) {
      throw new ConfigDriftException(
          what + " is there with other settings (" + String.join("; ", differences) + ")", null);
    }
  }
}
