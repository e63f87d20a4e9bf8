(* ocurl.ml STYLE COUNT URL BODY - asks COUNT times by OCaml's curl

     perform  one after the other, one handle for all
     multi    all at once, by Curl.Multi.perform and poll
     lwt      all at once, by Curl_lwt: sockets and timers in Lwt's event loop *)
let chunk n bytes = Printf.printf "chunk %d %d\n%s\n%!" n (String.length bytes) bytes

let line n text = Printf.printf "line %d %s\n%!" n (String.trim text)

let handle url body =
  let curl = Curl.init () in
  Curl.set_url curl url;
  Curl.set_post curl true;
  Curl.set_postfields curl body;
  Curl.set_httpheader curl [ "Content-Type: application/json"; "Authorization: Bearer sk-mine" ];
  curl

let in_pieces curl n =
  Curl.set_writefunction curl (fun bytes ->
      chunk n bytes;
      String.length bytes);
  Curl.set_headerfunction curl (fun text ->
      line n text;
      String.length text)

let tell curl n code =
  Printf.printf "error %d %d\nstatus %d %d\ntype %d %s\nsize %d %.0f\nurl %d %s\n%!" n
    (Curl.int_of_curlCode code) n (Curl.get_responsecode curl) n (Curl.get_contenttype curl) n
    (Curl.get_sizedownload curl) n (Curl.get_effectiveurl curl)

let one_by_one count url body =
  let curl = handle url body in
  for n = 0 to count - 1 do
    in_pieces curl n;
    let code = try Curl.perform curl; Curl.CURLE_OK with Curl.CurlException (code, _, _) -> code in
    tell curl n code
  done

let handles count url body =
  List.init count (fun n ->
      let curl = handle url body in
      in_pieces curl n;
      Curl.set_private curl (string_of_int n);
      curl)

let told curl code = tell curl (int_of_string (Curl.get_private curl)) code

let rec tell_ended multi =
  match Curl.Multi.remove_finished multi with
  | None -> ()
  | Some (curl, code) ->
    told curl code;
    tell_ended multi

let at_once count url body =
  let multi = Curl.Multi.create () in
  List.iter (Curl.Multi.add multi) (handles count url body);
  while Curl.Multi.perform multi > 0 do
    ignore (Curl.Multi.poll multi)
  done;
  tell_ended multi

let by_lwt count url body =
  let ask curl = Lwt.map (told curl) (Curl_lwt.perform curl) in
  Lwt_main.run (Lwt.join (List.map ask (handles count url body)))

let () =
  Curl.global_init Curl.CURLINIT_GLOBALALL;
  match Sys.argv with
  | [| _; "version" |] -> print_endline ("version 0 " ^ Curl.version ())
  | [| _; style; count; url; body |] ->
    let ask =
      match style with "multi" -> at_once | "lwt" -> by_lwt | _ -> one_by_one
    in
    ask (int_of_string count) url body
  | _ -> exit 2
