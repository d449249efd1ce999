package io.weighbridge.registry.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Statements with positional arguments on one connection. */
record Sql(Connection connection) {
    interface Reading<T> {
        T read(ResultSet row) throws SQLException;
    }

    <T> List<T> query(String text, Reading<T> reading, Object... arguments) throws SQLException {
        try (var statement = connection.prepareStatement(text)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            try (var rows = statement.executeQuery()) {
                var result = new ArrayList<T>();
                while (rows.next()) {
                    result.add(reading.read(rows));
                }
                return result;
            }
        }
    }

    int update(String text, @Nullable Object... arguments) throws SQLException {
        try (var statement = connection.prepareStatement(text)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            return statement.executeUpdate();
        }
    }

    /** A column that the schema declares NOT NULL. */
    static String text(ResultSet row, String column) throws SQLException {
        var value = row.getString(column);
        if (value == null) {
            throw new SQLException("column %s is null".formatted(column));
        }
        return value;
    }
}
