using Microsoft.AspNetCore.Http.HttpResults;

var builder = WebApplication.CreateBuilder(args);

builder.Services.AddPitfallDetection(); // the one line

var app = builder.Build();

Book[] books = [new(1, "The Mythical Man-Month", 1975), new(2, "Working Effectively with Legacy Code", 2004)];

app.MapGet("/", () => "Two books are at /books. What this app does wrong is at /_pitfalls: nothing yet.");
app.MapGet("/books", () => TypedResults.Ok(books));
app.MapGet("/books/{id}", Results<Ok<Book>, NotFound> (int id) =>
    Array.Find(books, book => book.Id == id) is { } book ? TypedResults.Ok(book) : TypedResults.NotFound());

// A first pitfall to see one: app.MapGet("/lost/{id}", (int id) => Array.Find(books, book => book.Id == id));
app.Run();

internal sealed record Book(int Id, string Title, int Year);
